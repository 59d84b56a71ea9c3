#!/usr/bin/env dotnet
// Where the kernel spends its time: stacks sampled 99 times a second on each CPU, the most frequent ones.
//   sudo dotnet run stacks.cs [SECONDS]
using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Symbols;

using var stacks = BpfHost.Kernel.Load(typeof(Stacks));
List<Link> links = [];
try
{
    for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++)
    {
        links.Add(stacks.Program(Stacks.OnSample).AttachPerfEvent(PerfEvent.CpuClock(cpu, 99)));
    }

    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1));
}
finally
{
    links.ForEach(l => l.Dispose());
}

LoadedMap traces = stacks.Map(nameof(Stacks.Traces));
byte[] frames = new byte[traces.ValueBytes];
foreach ((uint id, ulong samples) in stacks[Stacks.Samples].OrderByDescending(s => s.Value).Take(5))
{
    Console.WriteLine($"{samples} samples in");
    traces.Lookup(BitConverter.GetBytes(id), frames);
    foreach (ulong address in MemoryMarshal.Cast<byte, ulong>(frames).ToArray().TakeWhile(a => a != 0))
    {
        Console.WriteLine($"    {KernelSymbols.Current.At(address, out _)?.Name ?? $"0x{address:x}"}");
    }
}

[BpfObject]
static class Stacks
{
    public static readonly StackTraceMap Traces = new(maxEntries: 10240);
    public static readonly HashMap<uint, ulong> Samples = new(maxEntries: 10240);

    [PerfEvent]
    public static int OnSample(PerfEventContext ctx)
    {
        long id = Traces.Collect(ctx);
        if (id < 0) return 0;                                   // a sample in user mode has no kernel stack
        ref ulong count = ref Samples.FindOrAdd((uint)id, 0, out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
