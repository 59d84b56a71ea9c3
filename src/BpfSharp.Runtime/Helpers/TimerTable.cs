using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Helpers;

/// <summary>The timers of an object, by the number that stands in the value.</summary>
internal sealed unsafe class TimerTable(RuntimeObject owner)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, ValueTimer> _timers = [];
    private ulong _last;
    private bool _ended;

    /// <summary>Makes a timer for a place in a value.</summary>
    /// <returns>0, or -16 (EBUSY) if there is one.</returns>
    public long Init(ulong* place, RuntimeMap map)
    {
        lock (_gate)
        {
            if (_timers.TryGetValue(*place, out ValueTimer? known) && known.Place == place)
            {
                return -Errno.Ebusy;
            }

            if (_ended)
            {
                return -Errno.Eperm;
            }

            *place = ++_last;
            _timers.Add(_last, new ValueTimer(owner, map, place));
            return 0;
        }
    }

    /// <summary>The timer of a place; null if none was made there.</summary>
    public ValueTimer? Find(ulong* place)
    {
        lock (_gate)
        {
            // The number may be forged or copied: the place decides.
            return _timers.TryGetValue(*place, out ValueTimer? timer) && timer.Place == place ? timer : null;
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
