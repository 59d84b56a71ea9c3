using System.Runtime.CompilerServices;

namespace BpfSharp.Runtime.Maps;

/// <summary>The <c>struct bpf_spin_lock</c> inside a value: 4 bytes, 0 is free.</summary>
internal static unsafe class ValueLock
{
    /// <summary>Takes the lock, spinning.</summary>
    public static void Enter(byte* address)
    {
        if (!TryEnter(address))
        {
            SpinWait wait = default;
            while (!TryEnter(address))
            {
                wait.SpinOnce();
            }
        }
    }

    /// <summary>Takes the lock if it is free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(byte* address) => Interlocked.CompareExchange(ref *(int*)address, 1, 0) == 0;

    /// <summary>Lets the lock go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave(byte* address) => Volatile.Write(ref *(int*)address, 0);
}
