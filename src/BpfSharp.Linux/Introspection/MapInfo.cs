using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Introspection;

/// <summary>The kernel's description of a map.</summary>
[SupportedOSPlatform("linux")]
public sealed record MapInfo
{
    /// <summary>Its id, unique while the system runs.</summary>
    public required uint Id { get; init; }

    /// <summary>Its name, at most 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of map.</summary>
    public required MapType Type { get; init; }

    /// <summary>Bytes of a key.</summary>
    public required int KeySize { get; init; }

    /// <summary>Bytes of a value, of one CPU for per-CPU kinds.</summary>
    public required int ValueSize { get; init; }

    /// <summary>Most elements.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public required MapFlags Flags { get; init; }

    /// <summary>Id of its types; 0 for none.</summary>
    public required uint TypesId { get; init; }

    /// <summary>Type of its keys in those; 0 for none.</summary>
    public required uint KeyTypeId { get; init; }

    /// <summary>Type of its values in those; 0 for none.</summary>
    public required uint ValueTypeId { get; init; }

    /// <summary>Bytes of memory it takes; <see langword="null"/> if the kernel does not tell.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Whether user space may no longer write it.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static MapInfo Read(BpfHandle map)
    {
        RawMapInfo raw = default;
        int result = BpfSyscall.Info(map.Fd, ref raw);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5025", "map", "BPF_OBJ_GET_INFO_BY_FD", -result);
        }

        DescriptorInfo more = DescriptorInfo.Read(Environment.ProcessId, map.Fd);
        return new MapInfo
        {
            Id = raw.Id,
            Name = raw.Name.ToString(),
            Type = (MapType)raw.Type,
            KeySize = (int)raw.KeySize,
            ValueSize = (int)raw.ValueSize,
            MaxEntries = raw.MaxEntries,
            Flags = (MapFlags)raw.MapFlags,
            TypesId = raw.BtfId,
            KeyTypeId = raw.BtfKeyTypeId,
            ValueTypeId = raw.BtfValueTypeId,
            MemoryBytes = more.Number("memlock"),
            IsFrozen = more.Number("frozen") == 1,
        };
    }
}
