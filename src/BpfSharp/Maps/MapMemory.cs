using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Maps;

/// <summary>The values of an array map as memory shared with running programs; valid until disposed.</summary>
/// <remarks>Element n starts at byte n * (value size rounded up to 8). Reads and writes are seen by programs at once.</remarks>
public abstract unsafe class MapMemory : IDisposable
{
    private readonly int _length;
    private byte* _address;

    /// <summary>Wraps memory of a host.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="isReadOnly">Whether writing is refused.</param>
    protected MapMemory(nint address, int length, bool isReadOnly)
    {
        _address = (byte*)address;
        _length = length;
        IsReadOnly = isReadOnly;
    }

    /// <summary>Whether the memory may only be read (frozen maps).</summary>
    public bool IsReadOnly { get; }

    /// <summary>The bytes, for reading.</summary>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address is null, this);
            return new ReadOnlySpan<byte>(_address, _length);
        }
    }

    /// <summary>The bytes, for writing.</summary>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    /// <exception cref="InvalidOperationException">The memory is read-only.</exception>
    public Span<byte> WritableBytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address is null, this);
            return IsReadOnly
                ? throw new InvalidOperationException("the map is frozen: its memory can only be read")
                : new Span<byte>(_address, _length);
        }
    }

    /// <summary>A place in the memory as a value, shared with running programs.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="byteOffset">Where it starts; the whole value must lie inside.</param>
    public ref T At<T>(int byteOffset) where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(WritableBytes.Slice(byteOffset, sizeof(T))));

    /// <summary>Ends the scope.</summary>
    public void Dispose()
    {
        if (_address is not null)
        {
            _address = null;
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back to the host; called once.</summary>
    protected abstract void Release();
}
