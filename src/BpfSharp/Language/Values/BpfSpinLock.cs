using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>A lock in a map's value (<c>struct bpf_spin_lock</c>): <c>using (BpfSpinLock.Enter(ref value.Lock)) { … }</c>.</summary>
/// <remarks>Inside, no helper and no call is allowed. One lock per value, held once.</remarks>
[BtfType("bpf_spin_lock")]
[StructLayout(LayoutKind.Sequential)]
public struct BpfSpinLock
{
    private uint _state;

    /// <summary>Locks until the scope is disposed.</summary>
    /// <param name="spinLock">The lock, in a map's value.</param>
    public static Scope Enter(ref BpfSpinLock spinLock)
    {
        Lock(ref spinLock);
        return new Scope(ref spinLock);
    }

    [BpfHelperCall(93)]
    private static void Lock(ref BpfSpinLock spinLock)
    {
        SpinWait wait = default;
        while (Interlocked.CompareExchange(ref spinLock._state, 1, 0) != 0)
        {
            wait.SpinOnce();
        }
    }

    [BpfHelperCall(94)]
    private static void Unlock(ref BpfSpinLock spinLock) => Volatile.Write(ref spinLock._state, 0);

    /// <summary>A held lock.</summary>
    public readonly ref struct Scope
    {
        private readonly ref BpfSpinLock _lock;

        internal Scope(ref BpfSpinLock spinLock) => _lock = ref spinLock;

        /// <summary>Unlocks.</summary>
        public void Dispose() => Unlock(ref _lock);
    }
}
