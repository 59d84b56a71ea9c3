#!/usr/bin/env dotnet
// Reports how long each TCP connection lived.   sudo dotnet run tcplife.cs
using System.Runtime.InteropServices;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var life = BpfHost.Kernel.Load(typeof(TcpLife));
using Link link = life.Program(TcpLife.OnState).AttachTracepoint("sock", "inet_sock_set_state");
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };
Console.WriteLine("watching; Ctrl-C ends");
try
{
    await foreach (var batch in life[TcpLife.Closed].ReadBatchesAsync(stop.Token))
    {
        foreach (ref readonly var e in batch)
        {
            Console.WriteLine($"port {e.LocalPort} -> {e.RemotePort}: {e.Nanoseconds / 1000} us");
        }
    }
}
catch (OperationCanceledException)
{
}

// The tracepoint's record: /sys/kernel/tracing/events/sock/inet_sock_set_state/format
[StructLayout(LayoutKind.Sequential)]
struct SocketState
{
    private ulong _common;
    public ulong Socket;
    public int OldState, NewState;
    public ushort SourcePort, DestinationPort, Family, Protocol;
}

struct Connection
{
    public ulong Nanoseconds;
    public ushort LocalPort, RemotePort;
    private uint _unused;
}

[BpfObject]
static class TcpLife
{
    const int Close = 7;

    static readonly LruHashMap<ulong, ulong> s_started = new(maxEntries: 16384);

    public static readonly RingBuffer<Connection> Closed = new(bytes: 256 * 1024);

    [Tracepoint("sock", "inet_sock_set_state")]
    public static int OnState(TracepointContext<SocketState> ctx)
    {
        ref readonly SocketState state = ref ctx.Record;
        ulong socket = state.Socket;
        if (state.NewState != Close)
        {
            s_started.TryAdd(socket, Bpf.KtimeGetNs());
            return 0;
        }

        if (!s_started.TryGetValue(socket, out ulong start)) return 0;
        s_started.Remove(socket);
        Closed.TryWrite(new Connection
        {
            Nanoseconds = Bpf.KtimeGetNs() - start,
            LocalPort = state.SourcePort,
            RemotePort = state.DestinationPort,
        });
        return 0;
    }
}
