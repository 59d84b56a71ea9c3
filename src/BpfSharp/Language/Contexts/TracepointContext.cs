using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>Context of a static tracepoint: the record that its <c>format</c> file in tracefs describes.</summary>
/// <typeparam name="T">
/// The record, first fields included (8 bytes common to all: <c>type</c>, <c>flags</c>, <c>preempt_count</c>, <c>pid</c>), or
/// <see cref="SystemCallEnter"/> and <see cref="SystemCallExit"/> for the category <c>syscalls</c>.
/// </typeparam>
[BpfContext("")]
public readonly unsafe ref struct TracepointContext<T> : IBpfContext where T : unmanaged
{
    private readonly PlainContext? _plain;

    private TracepointContext(PlainContext plain) => _plain = plain;

    /// <summary>The record, where the kernel has it.</summary>
    public ref readonly T Record => ref Unsafe.AsRef<T>(Pointer);

    [BpfIntrinsic(BpfIntrinsicKind.ContextPointer)]
    private void* Pointer => Unsafe.AsPointer(
        ref (_plain ?? throw PlainHost.EmptyContext("TracepointContext")).Field<byte>(0));

    internal static TracepointContext<T> Over(in T record)
    {
        PlainContext plain = new(Unsafe.SizeOf<T>(), []);
        plain.Field<T>(0) = record;
        return new TracepointContext<T>(plain);
    }
}

/// <summary>Makes contexts of static tracepoints.</summary>
public static class TracepointContext
{
    /// <summary>A context for running a program as plain C#.</summary>
    /// <param name="record">The record.</param>
    public static TracepointContext<T> Create<T>(in T record) where T : unmanaged => TracepointContext<T>.Over(in record);
}
