using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>What a program does with each record from user space.</summary>
/// <param name="record">The record, to be read with <c>Bpf.DynptrRead</c>.</param>
/// <param name="state">What the caller passed.</param>
/// <returns>Whether to go on.</returns>
[BpfCallback]
public delegate bool DrainAction<TState>(ref BpfDynptr record, ref TState state) where TState : unmanaged;

/// <summary>Ring buffer from user space (since Linux 6.1). Has no records as plain C#.</summary>
/// <param name="bytes">Size: a power of two and a multiple of the page size (4096).</param>
[BpfMapKind(MapType.UserRingBuffer)]
public sealed class UserRingBuffer(int bytes) : MapDeclaration(MapType.UserRingBuffer, 0, 0, bytes, MapFlags.None)
{
    /// <summary>Takes records.</summary>
    /// <param name="action">Called for each: a static method or lambda.</param>
    /// <param name="state">Passed to each call.</param>
    /// <returns>How many records were taken, or a negative errno.</returns>
    public long Drain<TState>(DrainAction<TState> action, ref TState state) where TState : unmanaged =>
        Take(this, action, ref state, 0);

    [BpfHelperCall(209)]
    private static long Take<TState>(MapDeclaration map, DrainAction<TState> action, ref TState state, ulong flags) where TState : unmanaged => 0;

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}
