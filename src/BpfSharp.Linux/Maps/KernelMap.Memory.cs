using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Maps;

public sealed unsafe partial class KernelMap
{
    /// <inheritdoc/>
    public override int Freeze()
    {
        TwoWordsAttr attr = new() { First = (uint)_handle.Fd };
        return BpfSyscall.Call(BpfCommand.MapFreeze, ref attr);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Arrays created mmapable, and arenas. An arena with a fixed address (<see cref="MapSpec.Extra"/>) is mapped there,
    /// so that pointers of its programs are valid here too. A frozen map is mapped read-only.
    /// </remarks>
    public override MapMemory OpenMemory()
    {
        nuint bytes = Spec.Type == MapType.Array ? (nuint)((long)(Spec.ValueSize + 7 & ~7) * Spec.MaxEntries)
            : Spec.Type == MapType.Arena ? (nuint)((long)Libc.PageSize * Spec.MaxEntries)
            : 0;
        if (bytes == 0 || !Spec.Flags.HasFlag(MapFlags.Mmapable))
        {
            return base.OpenMemory();
        }

        bool readOnly = Spec.Flags.HasFlag(MapFlags.ReadOnlyUser);
        int protection = readOnly ? Libc.ProtRead : Libc.ProtRead | Libc.ProtWrite;
        nint fixedAddress = Spec.Type == MapType.Arena ? (nint)Spec.Extra : 0;
        byte* memory = Libc.Mmap(_handle.Fd, bytes, protection, 0, out int errno, fixedAddress);
        if (memory is null && errno is Errno.Eperm or Errno.Eacces)
        {
            readOnly = true;
            memory = Libc.Mmap(_handle.Fd, bytes, Libc.ProtRead, 0, out errno);
        }

        return memory is null
            ? throw KernelException.Refused("BPF5010", $"map '{Name}'", "mmap", errno)
            : new MappedMemory((nint)memory, checked((int)bytes), readOnly);
    }

    private sealed class MappedMemory(nint address, int length, bool isReadOnly) : MapMemory(address, length, isReadOnly)
    {
        private readonly nint _start = address;
        private readonly int _bytes = length;

        protected override void Release() => _ = Libc.Munmap(_start, (nuint)_bytes);
    }
}
