using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>The spin lock of a value. A lock that does not come free within a second stops the run instead of hanging it.</summary>
internal sealed unsafe class LockHelpers : IHeldResource
{
    private const long PatienceMilliseconds = 1000;

    private static readonly LockHelpers s_owner = new();

    private LockHelpers()
    {
    }

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(93, "spin_lock", Enter),
        new(94, "spin_unlock", Leave),
    ];

    /// <inheritdoc/>
    public void ReleaseAfterFault(nuint token) => ValueLock.Leave((byte*)token);

    private static ulong Enter(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (!ValueLock.TryEnter((byte*)r1))
        {
            Wait(run, r1);
        }

        run.Hold(s_owner, (nuint)r1);
        return 0;
    }

    private static ulong Leave(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (!run.Release(s_owner, (nuint)r1))
        {
            run.Stop(FaultKind.Lock, $"spin_unlock: the lock at 0x{r1:x} is not held by this run");
        }

        ValueLock.Leave((byte*)r1);
        return 0;
    }

    private static void Wait(RunContext run, ulong address)
    {
        long started = Environment.TickCount64;
        SpinWait wait = default;
        while (!ValueLock.TryEnter((byte*)address))
        {
            if (Environment.TickCount64 - started > PatienceMilliseconds || run.Holds(s_owner, (nuint)address))
            {
                run.Stop(FaultKind.Lock, $"spin_lock: the lock at 0x{address:x} does not come free");
            }

            wait.SpinOnce();
        }
    }
}
