using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Maps;

public sealed unsafe partial class KernelMap
{
    private nint _arena;

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

        if (_arena != 0)
        {
            // Programs hold its address: it stays mapped while the map lives.
            return new ArenaMemory(_arena, (int)Math.Min(bytes, int.MaxValue));
        }

        bool readOnly = Spec.Flags.HasFlag(MapFlags.ReadOnlyUser);
        int protection = readOnly ? Libc.ProtRead : Libc.ProtRead | Libc.ProtWrite;
        byte* memory = Libc.Mmap(_handle.Fd, bytes, protection, 0, out int errno);
        if (memory is null && errno is Errno.Eperm or Errno.Eacces)
        {
            readOnly = true;
            memory = Libc.Mmap(_handle.Fd, bytes, Libc.ProtRead, 0, out errno);
        }

        return memory is null
            ? throw KernelException.Refused("BPF5010", $"map '{Name}'", "mmap", errno)
            : new MappedMemory((nint)memory, checked((int)bytes), readOnly);
    }

    /// <summary>Maps an arena and writes its first contents: its address must be known before programs are loaded.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal void MapArena(ReadOnlySpan<byte> contents)
    {
        nuint bytes = (nuint)((long)Libc.PageSize * Spec.MaxEntries);
        byte* memory = Libc.Mmap(_handle.Fd, bytes, Libc.ProtRead | Libc.ProtWrite, 0, out int errno, (nint)Spec.Extra);
        if (memory is null)
        {
            throw KernelException.Refused("BPF5010", $"map '{Name}'", "mmap", errno, $"arena of {bytes} bytes");
        }

        _arena = (nint)memory;
        contents.CopyTo(new Span<byte>(memory, (int)Math.Min(bytes, int.MaxValue)));
    }

    private void UnmapArena()
    {
        if (_arena != 0)
        {
            _ = Libc.Munmap(_arena, (nuint)((long)Libc.PageSize * Spec.MaxEntries));
            _arena = 0;
        }
    }

    private sealed class ArenaMemory(nint address, int length) : MapMemory(address, length, isReadOnly: false)
    {
        protected override void Release() { }
    }

    private sealed class MappedMemory(nint address, int length, bool isReadOnly) : MapMemory(address, length, isReadOnly)
    {
        private readonly nint _start = address;
        private readonly int _bytes = length;

        protected override void Release() => _ = Libc.Munmap(_start, (nuint)_bytes);
    }
}
