using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Maps;

/// <summary>Maps that live already: by pin, id or descriptor, and whether they are what is wanted.</summary>
[SupportedOSPlatform("linux")]
internal static class MapIdentity
{
    /// <summary>A map as the kernel describes it.</summary>
    internal static KernelMap Of(BpfHandle handle)
    {
        // The command answers for programs and links too, with other structures: /proc tells what it is.
        if (Introspection.DescriptorInfo.Read(Environment.ProcessId, handle.Fd).Number("map_id") is null)
        {
            handle.Dispose();
            throw KernelException.Missing("BPF5025", "map", "the descriptor is no map's");
        }

        RawMapInfo info = default;
        int result = BpfSyscall.Info(handle.Fd, ref info);
        if (result < 0)
        {
            handle.Dispose();
            throw KernelException.Refused("BPF5025", "map", "BPF_OBJ_GET_INFO_BY_FD", -result);
        }

        return new KernelMap(handle, new MapSpec
        {
            Name = info.Name.ToString(),
            Type = (MapType)info.Type,
            KeySize = (int)info.KeySize,
            ValueSize = (int)info.ValueSize,
            MaxEntries = info.MaxEntries,
            Flags = (MapFlags)info.MapFlags,
            Extra = info.MapExtra,
        });
    }

    /// <summary>The map pinned at a path, if any, checked against what is wanted.</summary>
    internal static KernelMap? TryOpenPinned(string path, MapSpec wanted)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        KernelMap map = Of(Pinning.Open($"map '{wanted.Name}'", path));
        try
        {
            CheckShape(map, MapCreation.Complete(wanted), $"the map pinned at {path}");
            map.Rename(wanted.Name);
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Whether a live map can stand for a spec.</summary>
    /// <exception cref="KernelException">It cannot: kind, sizes, entries or flags differ.</exception>
    internal static void CheckShape(KernelMap map, MapSpec wanted, string which)
    {
        RawMapInfo info = default;
        int result = BpfSyscall.Info(map.FileDescriptor, ref info);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5008", $"map '{wanted.Name}'", "BPF_OBJ_GET_INFO_BY_FD", -result);
        }

        // The kernel adds RDONLY_PROG to device maps by itself, and local storages have no entries to compare.
        MapFlags ignored = wanted.Type is MapType.DevMap or MapType.DevMapHash ? MapFlags.ReadOnlyProgram : MapFlags.None;
        List<string> differences = [];
        Compare(differences, "type", (MapType)info.Type, wanted.Type);
        Compare(differences, "key size", info.KeySize, (uint)wanted.KeySize);
        Compare(differences, "value size", info.ValueSize, (uint)wanted.ValueSize);
        Compare(differences, "entries", info.MaxEntries, wanted.MaxEntries);
        Compare(differences, "flags", (MapFlags)info.MapFlags & ~ignored, wanted.Flags & ~ignored);
        if (differences.Count > 0)
        {
            throw KernelException.Missing("BPF5008", $"map '{wanted.Name}'", $"{which} has another shape: {string.Join(", ", differences)}",
                "remove the pin if nothing uses it any more, pin elsewhere, or make the object agree");
        }
    }

    private static void Compare<T>(List<string> differences, string what, T found, T wanted) where T : notnull
    {
        if (!found.Equals(wanted))
        {
            differences.Add($"{what} {found} instead of {wanted}");
        }
    }
}
