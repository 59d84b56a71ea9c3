using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>A context built from bytes, for running a program as plain C#: the structure and, where there is one, its packet.</summary>
/// <remarks>Both live in pinned arrays, so that addresses a program compares stay comparable while it runs.</remarks>
internal sealed class PlainContext
{
    /// <summary>Room before the packet, as XDP drivers leave it.</summary>
    public const int Headroom = 256;

    // A bounds check forms the address behind what it wants to read before it compares: it must not leave the array far behind.
    private const int Tailroom = 4096;

    private readonly byte[] _structure;
    private readonly byte[] _buffer;

    public PlainContext(int structureBytes, ReadOnlySpan<byte> packet)
    {
        _structure = GC.AllocateArray<byte>(structureBytes, pinned: true);
        _buffer = GC.AllocateArray<byte>(Headroom + packet.Length + Tailroom, pinned: true);
        packet.CopyTo(_buffer.AsSpan(Headroom));
        Start = Headroom;
        End = Headroom + packet.Length;
        MetaStart = Start;
    }

    /// <summary>The context structure's bytes.</summary>
    public Span<byte> Structure => _structure;

    /// <summary>Offset of the packet's first byte in the buffer.</summary>
    public int Start { get; private set; }

    /// <summary>Offset behind the packet's last byte.</summary>
    public int End { get; private set; }

    /// <summary>Offset of the metadata before the packet.</summary>
    public int MetaStart { get; private set; }

    /// <summary>The packet's bytes.</summary>
    public Span<byte> Packet => _buffer.AsSpan(Start, End - Start);

    /// <summary>The packet's first byte.</summary>
    public ref byte StartByte => ref At(Start);

    /// <summary>The place behind the packet's last byte.</summary>
    public ref byte EndByte => ref At(End);

    /// <summary>The metadata's first byte.</summary>
    public ref byte MetaByte => ref At(MetaStart);

    /// <summary>A field of the structure.</summary>
    public ref T Field<T>(int offset) where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(_structure.AsSpan(offset, Unsafe.SizeOf<T>())));

    /// <summary>Moves the packet's start; negative grows it.</summary>
    /// <returns>0, or -22 (EINVAL) if there is no such room.</returns>
    public int MoveStart(int delta)
    {
        long start = (long)Start + delta;
        if (start < 0 || start > End - 14)
        {
            return -Errno.Einval;
        }

        Start = (int)start;
        MetaStart = Start;
        return 0;
    }

    /// <summary>Moves the packet's end; positive grows it by zero bytes.</summary>
    /// <returns>0, or -22 (EINVAL) if there is no such room.</returns>
    public int MoveEnd(int delta)
    {
        long end = (long)End + delta;
        if (end > _buffer.Length || end < Start + 14)
        {
            return -Errno.Einval;
        }

        if (end > End)
        {
            _buffer.AsSpan(End, (int)end - End).Clear();
        }

        End = (int)end;
        return 0;
    }

    /// <summary>Moves the metadata's start.</summary>
    /// <returns>0, or -22 (EINVAL) or -13 (EACCES) as the kernel does.</returns>
    public int MoveMeta(int delta)
    {
        long meta = (long)MetaStart + delta;
        if (meta < 0 || meta > Start)
        {
            return -Errno.Einval;
        }

        long length = Start - meta;
        if ((length & 3) != 0 || length > 32)
        {
            return -Errno.Eacces;
        }

        MetaStart = (int)meta;
        return 0;
    }

    /// <summary>Copies packet bytes out.</summary>
    /// <returns>0, or -14 (EFAULT) if the packet ends before.</returns>
    public long Load(uint offset, Span<byte> to)
    {
        if ((ulong)offset + (ulong)to.Length > (ulong)Packet.Length)
        {
            to.Clear();
            return -Errno.Efault;
        }

        Packet.Slice((int)offset, to.Length).CopyTo(to);
        return 0;
    }

    /// <summary>Copies bytes into the packet.</summary>
    /// <returns>0, or -14 (EFAULT) if the packet ends before.</returns>
    public long Store(uint offset, ReadOnlySpan<byte> from)
    {
        if ((ulong)offset + (ulong)from.Length > (ulong)Packet.Length)
        {
            return -Errno.Efault;
        }

        from.CopyTo(Packet[(int)offset..]);
        return 0;
    }

    /// <summary>Sets a field of the structure by its C name.</summary>
    public void Set(string structure, string field, ulong value)
    {
        ContextStruct shape = ContextTable.FindStruct(structure)
            ?? throw new ArgumentException($"no structure '{structure}'", nameof(structure));
        ContextField found = shape.FindField(field)
            ?? throw new ArgumentException(
                $"{structure} has no field '{field}'; it has: {string.Join(", ", shape.Fields.Select(f => f.Name))}", nameof(field));
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..Math.Min((int)found.Size, sizeof(ulong))].CopyTo(Structure[found.Offset..]);
    }

    private ref byte At(int offset) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), offset);
}
