using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Helpers;

/// <summary>The timers of an object, by the place in a value where each stands.</summary>
/// <remarks>
/// The value holds the timer's number. A place whose number is another's was given to a new element since: its old timer has
/// no more to say.
/// </remarks>
internal sealed unsafe class TimerTable(RuntimeObject owner)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nint, ValueTimer> _timers = [];
    private ulong _last;
    private bool _ended;

    /// <summary>Makes a timer for a place in a value.</summary>
    /// <returns>0, or -16 (EBUSY) if there is one.</returns>
    public long Init(ulong* place, RuntimeMap map)
    {
        ValueTimer? stale;
        lock (_gate)
        {
            if (_timers.TryGetValue((nint)place, out stale) && stale.Number == *place)
            {
                return -Errno.Ebusy;
            }

            if (_ended)
            {
                return -Errno.Eperm;
            }

            *place = ++_last;
            _timers[(nint)place] = new ValueTimer(owner, map, place, _last);
        }

        stale?.Dispose();
        return 0;
    }

    /// <summary>The timer of a place; null if none was made there.</summary>
    public ValueTimer? Find(ulong* place)
    {
        lock (_gate)
        {
            return _timers.TryGetValue((nint)place, out ValueTimer? timer) && timer.Number == *place ? timer : null;
        }
    }

    /// <summary>Cancels every timer; none starts any more.</summary>
    public void End()
    {
        List<ValueTimer> all;
        lock (_gate)
        {
            _ended = true;
            all = [.. _timers.Values];
            _timers.Clear();
        }

        foreach (ValueTimer timer in all)
        {
            timer.Dispose();
        }
    }
}
