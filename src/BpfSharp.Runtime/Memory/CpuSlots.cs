namespace BpfSharp.Runtime.Memory;

/// <summary>The CPUs programs see: slots leased for a run, so that what is "per CPU" belongs to one run at a time.</summary>
/// <remarks>
/// Threads move between real CPUs in the middle of a run, so a real CPU number would let two runs share per-CPU values.
/// A run inside a run takes another slot.
/// </remarks>
internal static class CpuSlots
{
    // One cache line per slot: neighbours are taken by other threads at the same time.
    private const int Stride = 16;

    /// <summary>Number of slots: what programs and user code see as possible CPUs.</summary>
    public static int Count { get; } = Math.Clamp(Environment.ProcessorCount * 2, 4, 256);

    // Below Count, which it needs: fields are set in the order of the text.
    private static readonly int[] s_taken = new int[Count * Stride];

    /// <summary>Takes a slot, preferably the given one; waits if every slot is in use.</summary>
    /// <param name="preferred">A slot, for example the one this thread had last.</param>
    /// <param name="nested">Whether this thread holds a slot already: then it does not wait.</param>
    /// <returns>The slot, or -1 if nested and none is free.</returns>
    public static int Take(int preferred, bool nested)
    {
        SpinWait wait = default;
        while (true)
        {
            for (int i = 0; i < Count; i++)
            {
                int slot = (int)((uint)(preferred + i) % (uint)Count);
                ref int taken = ref s_taken[slot * Stride];
                if (taken == 0 && Interlocked.CompareExchange(ref taken, 1, 0) == 0)
                {
                    return slot;
                }
            }

            if (nested)
            {
                return -1;
            }

            wait.SpinOnce();
        }
    }

    /// <summary>Gives a slot back.</summary>
    public static void Return(int slot) => Volatile.Write(ref s_taken[slot * Stride], 0);
}
