using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Maps;

/// <summary>Creates maps (BPF_MAP_CREATE) from their specs.</summary>
[SupportedOSPlatform("linux")]
internal static class MapCreation
{
    /// <summary>The spec with what only this machine can say filled in: CPUs, stack depths, whole pages.</summary>
    internal static MapSpec Complete(MapSpec spec)
    {
        MapSpec result = spec.Clone();
        if (spec.Type == MapType.PerfEventArray)
        {
            // Objects declare other sizes; the kernel takes 4 and 4 alone, and one slot for each CPU.
            (result.KeySize, result.ValueSize) = (4, 4);
            result.MaxEntries = spec.MaxEntries == 0 ? (uint)Libc.PossibleCpus : spec.MaxEntries;
        }
        else if (spec.Type == MapType.StackTrace && spec.ValueSize == 0)
        {
            result.ValueSize = 127 * 8;
            result.KeySize = spec.KeySize == 0 ? 4 : spec.KeySize;
        }
        else if (spec.Type is MapType.RingBuffer or MapType.UserRingBuffer)
        {
            // A declared record type is for people: the kernel takes no sizes here.
            (result.KeySize, result.ValueSize) = (0, 0);
            result.MaxEntries = WholePages(spec.MaxEntries);
        }

        if (spec.Role is MapRole.Data or MapRole.Bss or MapRole.ReadOnlyData or MapRole.Kconfig && spec.MaxEntries == 0)
        {
            result.MaxEntries = 1;
        }

        return result;
    }

    /// <summary>Creates the map, without contents.</summary>
    /// <param name="spec">Completed.</param>
    /// <param name="types">The object's BTF as loaded; <see langword="null"/> without.</param>
    /// <param name="innerMapFd">An example of the inner maps, for maps of maps.</param>
    /// <param name="kernelValueTypeId">For struct_ops: the kernel's value type.</param>
    /// <param name="valueTypeModuleFd">For struct_ops of a module: its BTF; -1 for the kernel's own.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static KernelMap Create(
        MapSpec spec, BpfHandle? types = null, int innerMapFd = 0, uint kernelValueTypeId = 0, int valueTypeModuleFd = -1)
    {
        MapCreateAttr attr = new()
        {
            MapType = (uint)spec.Type,
            KeySize = (uint)spec.KeySize,
            ValueSize = (uint)spec.ValueSize,
            MaxEntries = spec.MaxEntries,
            MapFlags = (uint)spec.Flags,
            InnerMapFd = (uint)innerMapFd,
            NumaNode = spec.NumaNode,
            MapName = ObjectName.From(spec.Name),
            MapExtra = spec.Extra,
            BtfVmlinuxValueTypeId = kernelValueTypeId,
        };
        if (valueTypeModuleFd >= 0)
        {
            attr.ValueTypeBtfObjFd = valueTypeModuleFd;
            attr.MapFlags |= (uint)MapFlags.VTypeBtfObjectFd;
        }

        if (types is not null && spec.ValueTypeId != 0 && (MapShape.TakesBtf(spec.Type) || kernelValueTypeId != 0))
        {
            attr.BtfFd = (uint)types.Fd;
            if (kernelValueTypeId == 0)
            {
                attr.BtfKeyTypeId = (uint)spec.KeyTypeId;
                attr.BtfValueTypeId = (uint)spec.ValueTypeId;
            }
        }

        BpfHandle? handle = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attr, out int errno);
        if (handle is null && attr.BtfFd != 0 && kernelValueTypeId == 0)
        {
            // Older kernels take types for fewer kinds, and none at all before 4.18.
            (attr.BtfFd, attr.BtfKeyTypeId, attr.BtfValueTypeId) = (0, 0, 0);
            handle = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attr, out int second);
            errno = handle is null ? second : 0;
        }

        if (handle is null && errno == Errno.Einval && spec.Role != MapRole.User && spec.Flags.HasFlag(MapFlags.Mmapable))
        {
            // Before 5.5 data sections cannot be mapped; they are read and written by system call then.
            attr.MapFlags &= ~(uint)MapFlags.Mmapable;
            handle = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attr, out errno);
            spec.Flags &= ~MapFlags.Mmapable;
        }

        return handle is null
            ? throw KernelException.Refused("BPF5003", $"map '{spec.Name}'", "BPF_MAP_CREATE", errno, Describe(spec))
            : new KernelMap(handle, spec);
    }

    private static string Describe(MapSpec spec) =>
        $"{spec.Type}, key {spec.KeySize}, value {spec.ValueSize}, entries {spec.MaxEntries}, flags {spec.Flags}";

    /// <summary>The next power of two that is whole pages: what ring buffers must be.</summary>
    private static uint WholePages(uint bytes)
    {
        // 0 stays 0, for the kernel to refuse: a size nobody chose is not ours to choose.
        return bytes == 0 ? 0 : System.Numerics.BitOperations.RoundUpToPowerOf2(Math.Max((uint)Libc.PageSize, bytes));
    }
}
