#!/usr/bin/env dotnet
// Histogram of the time tasks wait for a CPU.   sudo dotnet run runqueue.cs [SECONDS]
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var queue = BpfHost.Kernel.Load(typeof(RunQueue));
using (queue.Program(RunQueue.OnWakeup).AttachTracepoint("sched", "sched_wakeup"))
using (queue.Program(RunQueue.OnSwitch).AttachTracepoint("sched", "sched_switch"))
{
    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1));
}

var histogram = queue[RunQueue.Histogram];
for (int i = 0; i < 32; i++)
{
    if (histogram[i] > 0)
    {
        Console.WriteLine($"{1UL << i,12} ns: {histogram[i]}");
    }
}

[InlineArray(16)]
struct TaskName { private byte _first; }

// /sys/kernel/tracing/events/sched/sched_wakeup/format
[StructLayout(LayoutKind.Sequential)]
struct Wakeup
{
    private ulong _common;
    public TaskName Name;
    public int ThreadId, Priority, Cpu;
}

// /sys/kernel/tracing/events/sched/sched_switch/format
[StructLayout(LayoutKind.Sequential)]
struct Switch
{
    private ulong _common;
    public TaskName PreviousName;
    public int PreviousThreadId, PreviousPriority;
    public long PreviousState;
    public TaskName NextName;
    public int NextThreadId, NextPriority;
}

[BpfObject]
static class RunQueue
{
    static readonly LruHashMap<int, ulong> s_woken = new(maxEntries: 16384);

    public static readonly ArrayMap<ulong> Histogram = new(maxEntries: 32);

    [Tracepoint("sched", "sched_wakeup")]
    public static int OnWakeup(TracepointContext<Wakeup> ctx)
    {
        int thread = ctx.Record.ThreadId;
        s_woken.Set(thread, Bpf.KtimeGetNs());
        return 0;
    }

    [Tracepoint("sched", "sched_switch")]
    public static int OnSwitch(TracepointContext<Switch> ctx)
    {
        int thread = ctx.Record.NextThreadId;
        if (!s_woken.TryGetValue(thread, out ulong woken)) return 0;
        s_woken.Remove(thread);
        uint slot = (uint)BitOperations.Log2(Bpf.KtimeGetNs() - woken | 1) & 31;
        ref ulong count = ref Histogram.Find(slot, out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
