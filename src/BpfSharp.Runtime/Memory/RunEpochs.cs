namespace BpfSharp.Runtime.Memory;

/// <summary>Tells when no run can hold a pointer any more that it could have taken before a moment: for freeing map memory.</summary>
/// <remarks>
/// A run publishes the epoch it started in (<see cref="RunContext.Epoch"/>). Who unlinks memory calls <see cref="Advance"/>
/// and frees when <see cref="HavePassed"/> says so. The run pays one plain store; the barrier is on the freeing side.
/// </remarks>
internal static class RunEpochs
{
    private static readonly Lock s_lock = new();
    private static RunContext[] s_all = [];
    private static long s_current = 1;

    /// <summary>The epoch a run that starts now is in.</summary>
    public static long Current => Volatile.Read(ref s_current);

    /// <summary>Every context there is.</summary>
    public static ReadOnlySpan<RunContext> All => Volatile.Read(ref s_all);

    /// <summary>Starts a new epoch, after something was unlinked.</summary>
    /// <returns>What to ask <see cref="HavePassed"/> for.</returns>
    public static long Advance()
    {
        long unlinked = Interlocked.Increment(ref s_current) - 1;
        Interlocked.MemoryBarrierProcessWide();
        return unlinked;
    }

    /// <summary>Whether every run that started in an epoch, or before it, has ended.</summary>
    public static bool HavePassed(long epoch)
    {
        foreach (RunContext run in All)
        {
            long started = Volatile.Read(ref run.Epoch);
            if (started != 0 && started <= epoch)
            {
                return false;
            }
        }

        return true;
    }

    internal static void Register(RunContext run)
    {
        lock (s_lock)
        {
            s_all = [.. s_all, run];
        }
    }
}
