using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>A cursor over a packet: every read checks the packet's end, and moves on.</summary>
/// <remarks>
/// The comparison in each method is the bounds check that the verifier wants. A helper that changes the packet's size makes
/// cursors and references into it invalid: take a new one from the context afterwards.
/// </remarks>
public ref struct Packet
{
    private readonly ref byte _end;
    private ref byte _next;

    internal Packet(ref byte start, ref byte end)
    {
        _next = ref start;
        _end = ref end;
    }

    /// <summary>Bytes from the cursor to the packet's end.</summary>
    public readonly uint Remaining => (uint)Unsafe.ByteOffset(ref _next, ref _end);

    /// <summary>Copies a header and moves behind it.</summary>
    /// <typeparam name="T">The header.</typeparam>
    /// <param name="value">The header; zeros if the packet ends before.</param>
    /// <returns>Whether the packet holds all of it.</returns>
    public bool TryRead<T>(out T value) where T : unmanaged
    {
        ref byte behind = ref Unsafe.Add(ref _next, Unsafe.SizeOf<T>());
        if (Unsafe.IsAddressGreaterThan(ref behind, ref _end))
        {
            value = default;
            return false;
        }

        value = Unsafe.ReadUnaligned<T>(ref _next);
        _next = ref behind;
        return true;
    }

    /// <summary>Copies a header without moving.</summary>
    /// <typeparam name="T">The header.</typeparam>
    /// <param name="value">The header; zeros if the packet ends before.</param>
    /// <returns>Whether the packet holds all of it.</returns>
    public readonly bool TryPeek<T>(out T value) where T : unmanaged
    {
        if (Unsafe.IsAddressGreaterThan(ref Unsafe.Add(ref _next, Unsafe.SizeOf<T>()), ref _end))
        {
            value = default;
            return false;
        }

        value = Unsafe.ReadUnaligned<T>(ref _next);
        return true;
    }

    /// <summary>A header where it stands, to change it, and moves behind it.</summary>
    /// <typeparam name="T">The header.</typeparam>
    /// <param name="found">Whether the packet holds all of it; if not, the result must not be touched.</param>
    /// <returns>The header in the packet, or a null reference.</returns>
    public ref T Take<T>(out bool found) where T : unmanaged
    {
        ref byte behind = ref Unsafe.Add(ref _next, Unsafe.SizeOf<T>());
        if (Unsafe.IsAddressGreaterThan(ref behind, ref _end))
        {
            found = false;
            return ref Unsafe.NullRef<T>();
        }

        found = true;
        ref T value = ref Unsafe.As<byte, T>(ref _next);
        _next = ref behind;
        return ref value;
    }

    /// <summary>Moves on.</summary>
    /// <param name="bytes">By how many bytes; at most 65,535, so that the verifier knows a bound.</param>
    /// <returns>Whether the packet has so many; if not, the cursor stays.</returns>
    public bool TrySkip(uint bytes)
    {
        if (bytes > ushort.MaxValue)
        {
            return false;
        }

        ref byte behind = ref Unsafe.AddByteOffset(ref _next, (nuint)bytes);
        if (Unsafe.IsAddressGreaterThan(ref behind, ref _end))
        {
            return false;
        }

        _next = ref behind;
        return true;
    }
}
