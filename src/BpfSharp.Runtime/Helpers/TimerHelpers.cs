using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Timers in map values. Each firing is a run of its own, on a pool thread, with a budget of its own.</summary>
internal static unsafe class TimerHelpers
{
    private const ulong ClockMask = 0xf;
    private const ulong AbsoluteFlag = 1;
    private const ulong PinFlag = 2;
    private const ulong Realtime = 0;
    private const ulong Monotonic = 1;
    private const ulong BootTime = 7;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(169, "timer_init", Init),
        new(170, "timer_set_callback", SetCallback),
        new(171, "timer_start", Start),
        new(172, "timer_cancel", Cancel),
    ];

    private static ulong Init(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if ((r3 & ~ClockMask) != 0 || (r3 & ClockMask) is not (Realtime or Monotonic or BootTime))
        {
            return Answer.Of(-Errno.Einval);
        }

        return Answer.Of(run.Object.Timers.Init((ulong*)r1, run.Map(r2)));
    }

    private static ulong SetCallback(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (run.Object.Timers.Find((ulong*)r1) is not { } timer)
        {
            return Answer.Of(-Errno.Einval);
        }

        timer.Set(r2, run.Program);
        return 0;
    }

    private static ulong Start(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if ((r3 & ~(AbsoluteFlag | PinFlag)) != 0 || run.Object.Timers.Find((ulong*)r1) is not { } timer)
        {
            return Answer.Of(-Errno.Einval);
        }

        ulong now = ClockHelpers.Now();
        ulong wait = (r3 & AbsoluteFlag) == 0 ? r2 : r2 > now ? r2 - now : 0;
        return timer.Start(wait) ? 0 : Answer.Of(-Errno.Einval);
    }

    private static ulong Cancel(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        run.Object.Timers.Find((ulong*)r1) is { } timer ? (timer.Cancel() ? 1u : 0) : Answer.Of(-Errno.Einval);
}
