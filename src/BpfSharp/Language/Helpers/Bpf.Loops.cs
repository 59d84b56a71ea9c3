using System.Runtime.CompilerServices;
using BpfSharp.Diagnostics;

namespace BpfSharp.Language;

/// <summary>One round of <c>Bpf.Loop</c>.</summary>
/// <param name="index">Which round, from 0.</param>
/// <param name="state">What the caller passed.</param>
/// <returns>Whether to go on.</returns>
[BpfCallback]
public delegate bool LoopBody<TState>(uint index, ref TState state) where TState : unmanaged;

public static unsafe partial class Bpf
{
    private const uint MostLoops = 1 << 23;

    /// <summary>Calls a static method or lambda many times; the verifier checks it once (<c>bpf_loop</c>, since Linux 5.17).</summary>
    /// <typeparam name="TState">What the rounds work on.</typeparam>
    /// <param name="count">How many times; at most 8,388,608.</param>
    /// <param name="body">One round.</param>
    /// <param name="state">Passed to each round.</param>
    /// <returns>How many rounds were run, or -7 (E2BIG).</returns>
    public static long Loop<TState>(uint count, LoopBody<TState> body, ref TState state) where TState : unmanaged =>
        Loop(count, body, ref state, 0);

    /// <summary>Numbers from 0 to below an end that the verifier need not know (<c>may_goto</c>, since Linux 6.9).</summary>
    /// <remarks>The kernel's budget (some 8 million rounds) may end it early.</remarks>
    /// <param name="end">The first number that is not given.</param>
    public static LoopRange Range(uint end) => new(0, end);

    /// <summary>Numbers from a start to below an end that the verifier need not know (<c>may_goto</c>, since Linux 6.9).</summary>
    /// <param name="start">The first number.</param>
    /// <param name="end">The first number that is not given.</param>
    public static LoopRange Range(uint start, uint end) => new(start, end);

    /// <summary>Whether the kernel's loop budget lasts: <c>while (condition &amp;&amp; Bpf.MayContinue())</c> (since Linux 6.9).</summary>
    [BpfIntrinsic(BpfIntrinsicKind.MayContinue)]
    public static bool MayContinue() => true;

    /// <summary>The same value, of which the optimiser knows nothing: keeps a bound where the verifier needs it.</summary>
    /// <typeparam name="T">A number.</typeparam>
    /// <param name="value">The value.</param>
    [BpfIntrinsic(BpfIntrinsicKind.Opaque)]
    public static T Opaque<T>(T value) where T : unmanaged => value;

    [BpfHelperCall(181)]
    private static long Loop<TState>(uint count, LoopBody<TState> body, ref TState state, ulong flags)
        where TState : unmanaged
    {
        if (count > MostLoops)
        {
            return -Errno.E2Big;
        }

        if (flags != 0)
        {
            return -Errno.Einval;
        }

        for (uint i = 0; i < count; i++)
        {
            if (!body(i, ref state))
            {
                return i + 1;
            }
        }

        return count;
    }
}

/// <summary>Numbers to loop over.</summary>
public readonly ref struct LoopRange
{
    private readonly uint _start;
    private readonly uint _end;

    internal LoopRange(uint start, uint end)
    {
        _start = start;
        _end = end;
    }

    /// <summary>Begins the loop.</summary>
    public Enumerator GetEnumerator() => new(_start, _end);

    /// <summary>Walks the numbers.</summary>
    public ref struct Enumerator
    {
        private readonly uint _end;
        private uint _next;

        internal Enumerator(uint start, uint end)
        {
            _next = start;
            _end = end;
        }

        /// <summary>The number.</summary>
        public readonly uint Current => _next - 1;

        /// <summary>Moves to the next.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (_next >= _end || !Bpf.MayContinue())
            {
                return false;
            }

            _next++;
            return true;
        }
    }
}
