namespace BpfSharp.Runtime.Memory;

/// <summary>Memory that is unlinked and waits for the runs that may still point into it.</summary>
internal static class RetiredMemory
{
    private const int RetryMilliseconds = 50;

    private static readonly Lock s_lock = new();
    private static readonly Queue<(long Epoch, Action Free)> s_waiting = new();
    private static readonly Timer s_retry = new(static _ => FreePassed());

    /// <summary>How many pieces wait.</summary>
    public static int Count
    {
        get
        {
            lock (s_lock)
            {
                return s_waiting.Count;
            }
        }
    }

    /// <summary>Frees something once every run of this moment has ended: at once if there is none.</summary>
    /// <param name="free">Frees it; it must be unreachable for new runs already. Must not throw.</param>
    public static void Add(Action free)
    {
        long epoch = RunEpochs.Advance();
        lock (s_lock)
        {
            s_waiting.Enqueue((epoch, free));
        }

        FreePassed();
    }

    /// <summary>Frees what no run can reach any more; looks again later if something is left.</summary>
    public static void FreePassed()
    {
        while (true)
        {
            Action free;
            lock (s_lock)
            {
                if (!s_waiting.TryPeek(out (long Epoch, Action Free) first))
                {
                    return;
                }

                if (!RunEpochs.HavePassed(first.Epoch))
                {
                    s_retry.Change(RetryMilliseconds, Timeout.Infinite);
                    return;
                }

                free = s_waiting.Dequeue().Free;
            }

            free();
        }
    }
}
