namespace BpfSharp.Runtime.Maps;

/// <summary>Wakes a reader of records; costs writers one read while nobody waits.</summary>
internal sealed class RecordSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _sleeper;
    private bool _ended;

    /// <summary>Wakes whoever waits.</summary>
    public void Set()
    {
        if (Volatile.Read(ref _sleeper) is not null)
        {
            Wake();
        }
    }

    /// <summary>Ends this wait and every one to come.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        Wake();
    }

    /// <summary>Lets waits wait again, for a new reader.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _ended = false;
        }
    }

    /// <summary>A task that completes when there may be something; completed already if <paramref name="hasRecords"/> says so.</summary>
    /// <param name="hasRecords">Asked after the sleeper is visible to writers, so that no wake-up is missed.</param>
    public Task Next(Func<bool> hasRecords)
    {
        TaskCompletionSource sleeper;
        lock (_gate)
        {
            if (_ended)
            {
                return Task.CompletedTask;
            }

            sleeper = _sleeper ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _sleeper, sleeper);
        }

        if (hasRecords())
        {
            Wake();
        }

        return sleeper.Task;
    }

    private void Wake() => Interlocked.Exchange(ref _sleeper, null)?.TrySetResult();
}
