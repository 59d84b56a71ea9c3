#!/usr/bin/env dotnet
// A service without privileges that reads the ring buffer of publish.cs: tells systemd when it is ready, ends on SIGTERM.
//   dotnet run service.cs /sys/fs/bpf/starts/ring
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: service.cs PINNED-RING");
    return 2;
}

using CancellationTokenSource stop = new();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using KernelMap map = KernelMap.OpenPinned(args[0]);
using IRingBuffer<Start> ring = map.OpenRecords<Start>();
Notify("READY=1");
Console.WriteLine("ready");
try
{
    await foreach (RecordBatch<Start> batch in ring.ReadBatchesAsync(stop.Token))
    {
        foreach (ref readonly Start start in batch)
        {
            Console.WriteLine($"user {start.UserId} started {start.ProcessId} from {Encoding.UTF8.GetString(start.Command).TrimEnd('\0')}");
        }
    }
}
catch (OperationCanceledException)
{
    Notify("STOPPING=1");
}

return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static void Notify(string state)
{
    if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path) return;
    using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
}

[InlineArray(16)]
struct CommandName { private byte _first; }

struct Start
{
    public uint ProcessId, UserId;
    public CommandName Command;
}
