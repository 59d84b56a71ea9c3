#!/usr/bin/env dotnet
// Counts the calls of malloc by size class, in one process or all.   sudo dotnet run mallocs.cs [SECONDS] [PID]
using System.Numerics;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

int process = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : -1;
using var mallocs = BpfHost.Kernel.Load(typeof(Mallocs));
using (mallocs.Program(Mallocs.OnMalloc).AttachUprobe("libc.so.6", "malloc", processId: process))
{
    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1));
}

var sizes = mallocs[Mallocs.Sizes];
for (int i = 0; i < 64; i++)
{
    if (sizes[i] > 0)
    {
        Console.WriteLine($"{1UL << i,12} bytes: {sizes[i]}");
    }
}

[BpfObject]
static class Mallocs
{
    public static readonly ArrayMap<ulong> Sizes = new(maxEntries: 64);

    [Uprobe("libc.so.6", "malloc")]
    public static int OnMalloc(KprobeContext ctx)
    {
        ref ulong count = ref Sizes.Find((uint)BitOperations.Log2(ctx.Argument(0) | 1), out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
