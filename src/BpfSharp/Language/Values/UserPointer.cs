using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>An address in user space: never read directly.</summary>
/// <typeparam name="T">What stands there.</typeparam>
/// <param name="Address">The address.</param>
public readonly unsafe record struct UserPointer<T>(ulong Address) where T : unmanaged
{
    /// <summary>Whether it is null.</summary>
    public bool IsNull => Address == 0;

    /// <summary>Copies what stands there.</summary>
    /// <param name="value">It; zeros if the address faults.</param>
    /// <returns>Whether it could be read.</returns>
    public bool TryRead(out T value) => Read(out value, (uint)Unsafe.SizeOf<T>(), (void*)Address) == 0;

    /// <summary>The address of a following element.</summary>
    /// <param name="index">How many elements further.</param>
    public UserPointer<T> At(int index) => new(Address + (ulong)((long)index * Unsafe.SizeOf<T>()));

    [BpfHelperCall(112)]
    private static long Read(out T value, uint bytes, void* from)
    {
        value = default;
        return PlainMemory.Read(System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<T>(ref value))[..(int)bytes], from);
    }
}
