#!/usr/bin/env dotnet
// Counts system calls by number.   sudo dotnet run syscalls.cs [SECONDS]
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var monitor = BpfHost.Kernel.Load(typeof(SystemCalls));
using (monitor.Program(SystemCalls.OnEnter).AttachRawTracepoint("sys_enter"))
{
    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1));
}

var calls = monitor[SystemCalls.Calls];
foreach ((ulong number, ulong count) in calls.OrderByDescending(c => c.Value).Take(10))
{
    Console.WriteLine($"system call {number}: {count}");
}

[BpfObject]
static class SystemCalls
{
    public static readonly HashMap<ulong, ulong> Calls = new(maxEntries: 1024);

    [RawTracepoint("sys_enter")]
    public static int OnEnter(RawTracepointContext ctx)
    {
        ref ulong count = ref Calls.FindOrAdd(ctx.Argument(1), 0, out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
