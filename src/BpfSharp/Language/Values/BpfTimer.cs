using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>What a timer calls when it fires.</summary>
/// <param name="key">Key of the element the timer is in.</param>
/// <param name="value">The element's value.</param>
[BpfCallback(LeadingArguments = 1)]
public delegate void TimerAction<TKey, TValue>(ref TKey key, ref TValue value)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>A timer in a map's value (<c>struct bpf_timer</c>, since Linux 5.15). It does not fire as plain C#.</summary>
[BtfType("bpf_timer")]
[StructLayout(LayoutKind.Sequential)]
public struct BpfTimer
{
    private readonly ulong _first;
    private readonly ulong _second;

    /// <summary>Makes the timer ready; once per element.</summary>
    /// <param name="timer">The timer, in a value of the map.</param>
    /// <param name="map">The map.</param>
    /// <param name="clock">The clock: 1 monotonic, 7 boot time.</param>
    /// <returns>0, or -16 (EBUSY) if it was made ready before.</returns>
    [BpfHelperCall(169)]
    public static long Initialize(ref BpfTimer timer, MapDeclaration map, ulong clock) => throw PlainHost.NoHelper("bpf_timer_init");

    /// <summary>Says what to call.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="action">A static method or lambda.</param>
    /// <returns>0, or a negative errno.</returns>
    [BpfHelperCall(170)]
    public static long SetCallback<TKey, TValue>(ref BpfTimer timer, TimerAction<TKey, TValue> action)
        where TKey : unmanaged
        where TValue : unmanaged => throw PlainHost.NoHelper("bpf_timer_set_callback");

    /// <summary>Starts it.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="nanoseconds">When to fire, from now.</param>
    /// <param name="flags">1: absolute time; 2: on this CPU.</param>
    /// <returns>0, or a negative errno.</returns>
    [BpfHelperCall(171)]
    public static long Start(ref BpfTimer timer, ulong nanoseconds, ulong flags) => throw PlainHost.NoHelper("bpf_timer_start");

    /// <summary>Stops it.</summary>
    /// <param name="timer">The timer.</param>
    /// <returns>1 if it was running, 0 if not, or a negative errno.</returns>
    [BpfHelperCall(172)]
    public static long Cancel(ref BpfTimer timer) => throw PlainHost.NoHelper("bpf_timer_cancel");
}
