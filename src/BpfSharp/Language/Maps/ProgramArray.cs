using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>What plain C# runs for a slot of a tail-call table.</summary>
/// <param name="context">The caller's context.</param>
public delegate TResult TailTarget<TContext, TResult>(TContext context)
    where TContext : IBpfContext, allows ref struct;

/// <summary>Table of programs that a program continues in; slots are members of an enum.</summary>
/// <remarks>Programs marked with <see cref="TailCallTargetAttribute"/> are put into their slots at load.</remarks>
/// <typeparam name="TSlot">The slots: an enum of 32 bits.</typeparam>
/// <param name="maxEntries">How many slots.</param>
[BpfMapKind(MapType.ProgramArray, KeySize = 4, ValueSize = 4)]
public sealed class ProgramArray<TSlot>(int maxEntries) : MapDeclaration(MapType.ProgramArray, 4, 4, maxEntries, MapFlags.None)
    where TSlot : unmanaged, Enum
{
    private readonly Dictionary<uint, Delegate> _plain = [];

    /// <summary>Continues in the program of a slot; its result is the caller's: <c>return Table.TailCall(context, Slot.Tcp, otherwise);</c>.</summary>
    /// <param name="context">The program's context.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="otherwise">The result if the slot is empty or 33 tail calls were made.</param>
    [BpfBody(nameof(CallOr))]
    public TResult TailCall<TContext, TResult>(TContext context, TSlot slot, TResult otherwise)
        where TContext : IBpfContext, allows ref struct
        where TResult : unmanaged =>
        _plain.TryGetValue(Unsafe.As<TSlot, uint>(ref slot), out Delegate? target)
            ? ((TailTarget<TContext, TResult>)target)(context)
            : otherwise;

    /// <summary>Says what plain C# runs for a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="target">The program.</param>
    public void SetPlain<TContext, TResult>(TSlot slot, TailTarget<TContext, TResult> target)
        where TContext : IBpfContext, allows ref struct
        where TResult : unmanaged => _plain[Unsafe.As<TSlot, uint>(ref slot)] = target;

    private TResult CallOr<TContext, TResult>(TContext context, TSlot slot, TResult otherwise)
        where TContext : IBpfContext, allows ref struct
        where TResult : unmanaged
    {
        Call(context, this, Unsafe.As<TSlot, uint>(ref slot));
        return otherwise;
    }

    [BpfHelperCall(12)]
    private static void Call<TContext>(TContext context, MapDeclaration table, uint index)
        where TContext : IBpfContext, allows ref struct => throw PlainHost.NoHelper("bpf_tail_call");

    private protected override PlainStorage CreateStorage() => new PlainNothing(this);
}
