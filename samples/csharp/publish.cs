#!/usr/bin/env dotnet
// Privilege separation, the privileged half: loads, attaches, pins ring buffer and link, gives the ring to everyone, and ends.
//   sudo dotnet run publish.cs /sys/fs/bpf/starts          then, as anybody: dotnet run service.cs /sys/fs/bpf/starts/ring
//   sudo rm -r /sys/fs/bpf/starts                          detaches
using System.Runtime.CompilerServices;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: publish.cs DIRECTORY-OF-A-BPF-FILE-SYSTEM");
    return 2;
}

Directory.CreateDirectory(args[0]);
string ring = Path.Combine(args[0], "ring");
using var starts = BpfHost.Kernel.Load(typeof(Starts));
((KernelMap)starts.Map(nameof(Starts.Ring))).Pin(ring);
using KernelLink link = starts.Program(Starts.OnExec).AttachTracepoint("syscalls", "sys_enter_execve");
link.Pin(Path.Combine(args[0], "link"));
File.SetUnixFileMode(args[0], (UnixFileMode)0b111_101_101);     // may be entered
File.SetUnixFileMode(ring, (UnixFileMode)0b110_110_110);        // a reader of a ring writes its position
Console.WriteLine($"published in {args[0]}");
return 0;

[InlineArray(16)]
struct CommandName { private byte _first; }

struct Start
{
    public uint ProcessId, UserId;
    public CommandName Command;
}

[BpfObject]
static class Starts
{
    public static readonly RingBuffer<Start> Ring = new(bytes: 256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public static int OnExec(TracepointContext<SystemCallEnter> ctx)
    {
        if (!Ring.TryReserve(out RingRecord<Start> record)) return 0;
        record.Value.ProcessId = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        record.Value.UserId = (uint)Bpf.GetCurrentUidGid();
        Bpf.GetCurrentComm(record.Value.Command);
        record.Submit();
        return 0;
    }
}
