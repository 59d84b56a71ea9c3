using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Memory;
using static BpfSharp.Runtime.Helpers.HelperArgument;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Kernel functions without a topic of their own: the number iterator and sections that need no work here.</summary>
internal static unsafe class KernelFunctions
{
    private const long MaxRange = 8 * 1024 * 1024;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(0, "bpf_iter_num_new", NumbersNew, Out8),
        new(0, "bpf_iter_num_next", NumbersNext, Out8),
        new(0, "bpf_iter_num_destroy", NumbersDestroy, Out8),

        // Runs already keep what they point to alive, and are never preempted in favour of another run of their slot.
        new(0, "bpf_rcu_read_lock", Nothing),
        new(0, "bpf_rcu_read_unlock", Nothing),
        new(0, "bpf_preempt_disable", Nothing),
        new(0, "bpf_preempt_enable", Nothing),
        new(0, "bpf_throw", Throw),
    ];

    /// <summary>A <c>struct bpf_iter_num</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Numbers
    {
        public int Current;
        public int End;
    }

    private static ulong NumbersNew(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Numbers* numbers = (Numbers*)r1;
        int start = (int)r2;
        int end = (int)r3;
        *numbers = default;
        if (start > end)
        {
            return Answer.Of(-Errno.Einval);
        }

        if ((long)end - start > MaxRange)
        {
            return Answer.Of(-Errno.E2Big);
        }

        // One before the first; the kernel's wraps the same way.
        numbers->Current = unchecked(start - 1);
        numbers->End = end;
        return 0;
    }

    private static ulong NumbersNext(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Numbers* numbers = (Numbers*)r1;
        run.Burn(1);
        if ((long)unchecked(numbers->Current + 1) >= numbers->End)
        {
            *numbers = default;
            return 0;
        }

        numbers->Current++;
        return (ulong)numbers;
    }

    private static ulong NumbersDestroy(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        *(Numbers*)r1 = default;
        return 0;
    }

    private static ulong Throw(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => throw new ProgramThrow(r1);

    private static ulong Nothing(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;
}
