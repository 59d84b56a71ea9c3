#!/usr/bin/env dotnet
// Reports every program that is started.   sudo dotnet run execsnoop.cs
using System.Runtime.CompilerServices;
using System.Text;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var snoop = BpfHost.Kernel.Load(typeof(ExecSnoop));
using Link link = snoop.Program(ExecSnoop.OnExec).AttachTracepoint("syscalls", "sys_enter_execve");
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };
Console.WriteLine("watching; Ctrl-C ends");
try
{
    await foreach (var batch in snoop[ExecSnoop.Started].ReadBatchesAsync(stop.Token))
    {
        foreach (ref readonly var e in batch)
        {
            Console.WriteLine($"{e.ProcessId,8} {Text(e.Command),-16} {Text(e.Path)}");
        }
    }
}
catch (OperationCanceledException)
{
}

static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..(bytes.IndexOf((byte)0) is >= 0 and int end ? end : bytes.Length)]);

[InlineArray(16)]
struct CommandName { private byte _first; }

[InlineArray(64)]
struct FilePath { private byte _first; }

struct Start
{
    public uint ProcessId, UserId;
    public CommandName Command;
    public FilePath Path;
}

[BpfObject]
static unsafe class ExecSnoop
{
    public static readonly RingBuffer<Start> Started = new(bytes: 256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public static int OnExec(TracepointContext<SystemCallEnter> ctx)
    {
        if (!Started.TryReserve(out RingRecord<Start> record)) return 0;
        record.Value.ProcessId = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        record.Value.UserId = (uint)Bpf.GetCurrentUidGid();
        Bpf.GetCurrentComm(record.Value.Command);
        Bpf.ProbeReadUserStr(record.Value.Path, (void*)ctx.Record.Arguments[0]);
        record.Submit();
        return 0;
    }
}
