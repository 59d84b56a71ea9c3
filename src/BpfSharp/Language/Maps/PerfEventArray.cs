using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Perf buffers, one per CPU, that send records of one type to user space.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="maxEntries">How many buffers; 0 for one per CPU.</param>
[BpfMapKind(MapType.PerfEventArray, KeySize = 4, ValueSize = 4)]
public sealed class PerfEventArray<T>(int maxEntries = 0) : MapDeclaration(MapType.PerfEventArray, 4, 4, maxEntries, MapFlags.None)
    where T : unmanaged
{
    private const ulong CurrentCpu = uint.MaxValue;
    private const int PlainBytes = 1 << 20;

    /// <summary>Copies a record into this CPU's buffer.</summary>
    /// <param name="context">The program's context.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether it was written.</returns>
    public bool TryWrite<TContext>(TContext context, in T record) where TContext : IBpfContext, allows ref struct =>
        Output(context, this, CurrentCpu, in record, (ulong)Unsafe.SizeOf<T>()) == 0;

    [BpfHelperCall(25)]
    private static long Output<TContext>(TContext context, PerfEventArray<T> map, ulong flags, in T record, ulong size)
        where TContext : IBpfContext, allows ref struct =>
        ((PlainRing<T>)map.PlainStorage).Write(in record) ? 0 : -Diagnostics.Errno.Enospc;

    private protected override PlainStorage CreateStorage() => new PlainRing<T>(this, PlainBytes);
}
