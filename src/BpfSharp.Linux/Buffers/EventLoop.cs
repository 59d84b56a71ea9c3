using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Buffers;

/// <summary>One thread that waits for all buffers with a task waiting on them (epoll). Started when the first one is.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class EventLoop
{
    private const int Add = 1;
    private const int Modify = 3;
    private const int Delete = 2;
    private const uint Readable = 1;
    private const uint OneShot = 1u << 30;
    private const int CloseOnExec = 0x80000;

    private static readonly Lazy<EventLoop> s_shared = new(() => new EventLoop());

    // On x86-64 the kernel's structure is packed to 12 bytes; elsewhere it has the natural 16.
    private static readonly int s_eventBytes = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;
    private static readonly int s_dataOffset = s_eventBytes - 8;

    private readonly BpfHandle _epoll;
    private readonly ConcurrentDictionary<int, ReaderWaiting> _waiting = new();

    private EventLoop()
    {
        int fd = Libc.EpollCreate(CloseOnExec);
        _epoll = fd >= 0 ? BpfHandle.Of(fd) : throw KernelException.Refused("BPF5010", "event loop", "epoll_create1", Marshal.GetLastPInvokeError());
        Thread thread = new(Run) { IsBackground = true, Name = "BpfSharp buffers" };
        thread.Start();
    }

    internal static EventLoop Shared => s_shared.Value;

    /// <summary>Calls <see cref="ReaderWaiting.Ready"/> once when the descriptor is readable; at once if it is.</summary>
    internal void Arm(int descriptor, ReaderWaiting waiting)
    {
        int operation = _waiting.TryAdd(descriptor, waiting) ? Add : Modify;
        _waiting[descriptor] = waiting;
        int result = Control(operation, descriptor);
        if (result == -Errno.Enoent || result == -Errno.Eexist)
        {
            // The number was closed and used anew meanwhile.
            result = Control(result == -Errno.Enoent ? Add : Modify, descriptor);
        }

        if (result < 0)
        {
            throw KernelException.Refused("BPF5010", "event loop", "epoll_ctl", -result);
        }
    }

    /// <summary>Stops watching; called before the descriptor is closed.</summary>
    internal void Forget(int descriptor, ReaderWaiting waiting)
    {
        if (_waiting.TryRemove(new KeyValuePair<int, ReaderWaiting>(descriptor, waiting)))
        {
            _ = Control(Delete, descriptor);
        }
    }

    private int Control(int operation, int descriptor)
    {
        byte* record = stackalloc byte[16];
        Unsafe.WriteUnaligned(record, Readable | OneShot);
        Unsafe.WriteUnaligned(record + s_dataOffset, (ulong)descriptor);
        return Libc.EpollControl(_epoll.Fd, operation, descriptor, record) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    private void Run()
    {
        const int Batch = 64;
        byte* events = stackalloc byte[16 * Batch];
        while (true)
        {
            int count = Libc.EpollWait(_epoll.Fd, events, Batch, -1);
            for (int i = 0; i < count; i++)
            {
                int descriptor = (int)Unsafe.ReadUnaligned<ulong>(events + (i * s_eventBytes) + s_dataOffset);
                if (_waiting.TryGetValue(descriptor, out ReaderWaiting? waiting))
                {
                    waiting.Ready();
                }
            }
        }
    }
}
