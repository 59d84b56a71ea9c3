using System.Runtime.Versioning;
using System.Threading.Tasks.Sources;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Buffers;

/// <summary>Waits until a descriptor is readable: a thread by poll(2), a task by the one shared event loop.</summary>
/// <remarks>One waiter at a time, as readers have one consumer.</remarks>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ReaderWaiting : IValueTaskSource, IDisposable
{
    private const short PollIn = 1;

    private readonly int _descriptor;
    private readonly BpfHandle _wake;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private bool _armed;
    private bool _woken;

    internal ReaderWaiting(int descriptor)
    {
        _descriptor = descriptor;
        // Non-blocking, closed on exec.
        int fd = Libc.EventFd(0, 0x80800);
        _wake = fd >= 0 ? BpfHandle.Of(fd) : throw KernelException.Refused("BPF5010", "reader", "eventfd", System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
    }

    /// <summary>Blocks this thread.</summary>
    internal void Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static state => ((ReaderWaiting)state!).Signal(), this)
            : default;
        cancellationToken.ThrowIfCancellationRequested();
        if (_woken || _wake.IsClosed)
        {
            return;
        }

        PollDescriptor* descriptors = stackalloc PollDescriptor[2];
        descriptors[0] = new PollDescriptor { Fd = _descriptor, Events = PollIn };
        descriptors[1] = new PollDescriptor { Fd = _wake.Fd, Events = PollIn };
        int milliseconds = timeout < TimeSpan.Zero ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling(timeout.TotalMilliseconds));
        _ = Libc.Poll(descriptors, 2, milliseconds);
        if (!_woken && descriptors[1].Returned != 0)
        {
            // The signal of a cancelled wait is used up; that of disposal stays.
            Span<byte> count = stackalloc byte[8];
            _ = Libc.Read(_wake.Fd, count);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Completes when the descriptor is readable, or <see cref="Wake"/> was called.</summary>
    internal ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _source.Reset();
            _armed = true;
            if (_woken)
            {
                Complete(null);
                return new ValueTask(this, _source.Version);
            }

            EventLoop.Shared.Arm(_descriptor, this);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((ReaderWaiting)state!).Complete(new OperationCanceledException(token)), this);
        }

        return new ValueTask(this, _source.Version);
    }

    /// <summary>Ends this wait and all to come.</summary>
    internal void Wake()
    {
        _woken = true;
        Signal();
        Complete(null);
    }

    /// <summary>Called by the event loop.</summary>
    internal void Ready() => Complete(null);

    public void Dispose()
    {
        EventLoop.Shared.Forget(_descriptor, this);
        _wake.Dispose();
    }

    void IValueTaskSource.GetResult(short token)
    {
        _cancellation.Dispose();
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Complete(Exception? error)
    {
        lock (_gate)
        {
            if (!_armed)
            {
                return;
            }

            _armed = false;
        }

        if (error is null)
        {
            _source.SetResult(true);
        }
        else
        {
            _source.SetException(error);
        }
    }

    private void Signal()
    {
        ReadOnlySpan<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        if (!_wake.IsClosed)
        {
            // Full means signalled already.
            _ = Libc.Write(_wake.Fd, one);
        }
    }

#pragma warning disable CS0649 // the kernel writes it
    private struct PollDescriptor
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
#pragma warning restore CS0649
}
