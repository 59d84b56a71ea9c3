using System.Runtime.InteropServices;

namespace BpfSharp.Runtime.Helpers;

/// <summary>What a dynamic pointer points into.</summary>
internal enum DynptrKind : uint
{
    /// <summary>Nothing: an invalid pointer.</summary>
    None,
    /// <summary>Memory of the program.</summary>
    Local,
    /// <summary>A reserved ring record.</summary>
    Ring,
    /// <summary>The packet of a socket buffer.</summary>
    Skb,
    /// <summary>The packet of an XDP buffer.</summary>
    Xdp,
}

/// <summary>A <c>struct bpf_dynptr</c> in the program's memory: 16 bytes it can only pass to helpers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Dynptr
{
    /// <summary>Most bytes one may have.</summary>
    public const uint MaxSize = (1 << 24) - 1;

    private const uint ReadOnlyBit = 1u << 31;
    private const int KindShift = 28;
    private const uint KindMask = 7;

    /// <summary>Start of the memory; null if invalid. Of packets not used: they move.</summary>
    public byte* Data;

    private uint _sizeAndKind;

    /// <summary>Where its view starts in the memory.</summary>
    public uint Offset;

    /// <summary>Bytes of its view.</summary>
    public readonly uint Size => _sizeAndKind & MaxSize;

    /// <summary>What it points into.</summary>
    public readonly DynptrKind Kind => (DynptrKind)((_sizeAndKind >> KindShift) & KindMask);

    /// <summary>Whether it may only be read.</summary>
    public readonly bool IsReadOnly => (_sizeAndKind & ReadOnlyBit) != 0;

    /// <summary>A pointer over all of a memory.</summary>
    public static Dynptr Of(byte* data, uint size, DynptrKind kind, bool isReadOnly) => new()
    {
        Data = data,
        _sizeAndKind = size | ((uint)kind << KindShift) | (isReadOnly ? ReadOnlyBit : 0),
    };

    /// <summary>Narrows the view.</summary>
    public void SetView(uint offset, uint size)
    {
        Offset = offset;
        _sizeAndKind = (_sizeAndKind & ~MaxSize) | size;
    }

    /// <summary>Makes it read-only.</summary>
    public void SetReadOnly() => _sizeAndKind |= ReadOnlyBit;
}
