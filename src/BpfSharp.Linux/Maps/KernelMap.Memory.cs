using BpfSharp.Linux.Interop;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Maps;

public sealed unsafe partial class KernelMap
{
    private byte* _memory;
    private nuint _memoryBytes;

    /// <summary>Forbids user space to write the map from now on (programs may still, unless it is read-only to them).</summary>
    /// <exception cref="KernelException">The kernel refused (EBUSY while it is mapped writable).</exception>
    public void Freeze()
    {
        TwoWordsAttr attr = new() { First = (uint)_handle.Fd };
        int result = BpfSyscall.Call(BpfCommand.MapFreeze, ref attr);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5010", $"map '{Name}'", "BPF_MAP_FREEZE", -result);
        }
    }

    /// <summary>The values of an array created mmapable, or the pages of an arena, as memory shared with the programs.</summary>
    /// <remarks>Mapped on first use, unmapped when the map is disposed: no span may be used after that.</remarks>
    /// <exception cref="KernelException">The map is not mmapable, or the kernel refused.</exception>
    public Span<byte> Memory
    {
        get
        {
            if (_memory is null)
            {
                MapMemory();
            }

            return new Span<byte>(_memory, checked((int)_memoryBytes));
        }
    }

    internal byte* MemoryPointer
    {
        get
        {
            if (_memory is null)
            {
                MapMemory();
            }

            return _memory;
        }
    }

    private void MapMemory()
    {
        nuint bytes = Spec.Type == MapType.Array ? (nuint)((long)(Spec.ValueSize + 7 & ~7) * Spec.MaxEntries)
            : Spec.Type == MapType.Arena ? (nuint)((long)Libc.PageSize * Spec.MaxEntries)
            : 0;
        if (bytes == 0 || !Spec.Flags.HasFlag(MapFlags.Mmapable))
        {
            throw KernelException.Missing("BPF4101", $"map '{Name}'",
                "only arrays and arenas created with Mmapable can be mapped into memory",
                "add MapFlags.Mmapable before load, or read it with Lookup");
        }

        int protection = Spec.Flags.HasFlag(MapFlags.ReadOnlyUser) ? Libc.ProtRead : Libc.ProtRead | Libc.ProtWrite;
        nint fixedAddress = Spec.Type == MapType.Arena ? (nint)Spec.Extra : 0;
        byte* memory = Libc.Mmap(_handle.Fd, bytes, protection, 0, out int errno, fixedAddress);
        if (memory is null && errno is Errno.EPERM or Errno.EACCES)
        {
            // A frozen map can only be read.
            memory = Libc.Mmap(_handle.Fd, bytes, Libc.ProtRead, 0, out errno);
        }

        if (memory is null)
        {
            throw KernelException.Refused("BPF5010", $"map '{Name}'", "mmap", errno);
        }

        _memory = memory;
        _memoryBytes = bytes;
    }

    private void DisposeMemory()
    {
        if (_memory is not null)
        {
            _ = Libc.Munmap((nint)_memory, _memoryBytes);
            _memory = null;
        }
    }
}
