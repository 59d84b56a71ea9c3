using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>One timer.</summary>
internal sealed unsafe class ValueTimer : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly RuntimeObject _owner;
    private readonly RuntimeMap _map;
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private ulong _callback;
    private RuntimeProgram? _program;
    private bool _isArmed;

    /// <summary>Makes a timer that is not armed.</summary>
    public ValueTimer(RuntimeObject owner, RuntimeMap map, ulong* place, ulong number)
    {
        _owner = owner;
        _map = map;
        Place = place;
        Number = number;
        _timer = new Timer(static state => ((ValueTimer)state!).Fire(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Where it stands.</summary>
    public ulong* Place { get; }

    /// <summary>What stands there while the place is this timer's.</summary>
    public ulong Number { get; }

    /// <summary>Says what to call, and as part of which program.</summary>
    public void Set(ulong callback, RuntimeProgram program)
    {
        lock (_gate)
        {
            _callback = callback;
            _program = program;
        }
    }

    /// <summary>Arms it; <see langword="false"/> without callback.</summary>
    public bool Start(ulong nanoseconds)
    {
        lock (_gate)
        {
            if (_program is null)
            {
                return false;
            }

            // Rounded up: a timer must not fire early.
            ulong milliseconds = Math.Min((nanoseconds + NanosecondsPerMillisecond - 1) / NanosecondsPerMillisecond, int.MaxValue);
            _isArmed = true;
            return _timer.Change((long)milliseconds, Timeout.Infinite);
        }
    }

    /// <summary>Disarms it; whether it was armed.</summary>
    public bool Cancel()
    {
        lock (_gate)
        {
            bool was = _isArmed;
            _isArmed = false;
            _timer.Change(Timeout.Infinite, Timeout.Infinite);
            return was;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cancel();
        _timer.Dispose();
    }

    private void Fire()
    {
        ulong callback;
        RuntimeProgram program;
        lock (_gate)
        {
            if (!_isArmed || _program is null)
            {
                return;
            }

            _isArmed = false;
            callback = _callback;
            program = _program;
        }

        RunContext run;
        try
        {
            run = RunContext.Lease(_owner);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        try
        {
            byte* keyRoom = stackalloc byte[512];
            if (*Place == Number && TryFindKey(keyRoom, out byte* value))
            {
                run.AddRegion(keyRoom, (nuint)_map.Spec.KeySize, writable: false);
                run.Fuel = RuntimeOptions.DefaultFuel;
                program.StartCallback(run, callback, _map.Handle, (ulong)keyRoom, (ulong)value);
            }
        }
        finally
        {
            RunContext.Return(run);
        }
    }

    /// <summary>Finds the element the timer stands in: the callback gets its key and value.</summary>
    private bool TryFindKey(byte* key, out byte* value)
    {
        long cursor = 0;
        List<ElementRef> group = [];
        value = null;
        while (_map.NextElements(ref cursor, int.MaxValue, group))
        {
            foreach (ElementRef element in group)
            {
                byte* start = (byte*)element.Value;
                if ((byte*)Place >= start && (byte*)Place < start + _map.Spec.ValueSize && _map.IsAlive(element))
                {
                    _map.CopyKey(element, key);
                    value = start;
                    return true;
                }
            }

            group.Clear();
        }

        return false;
    }
}
