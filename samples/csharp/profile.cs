#!/usr/bin/env dotnet
// Samples which task runs, 99 times a second on each CPU.   sudo dotnet run profile.cs [SECONDS]
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;

using var profile = BpfHost.Kernel.Load(typeof(Profile));
List<Link> links = [];
try
{
    for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++)
    {
        links.Add(profile.Program(Profile.OnSample).AttachPerfEvent(
            new PerfEvent { Kind = PerfEventKind.Software, Config = 0, Frequency = 99, Cpu = cpu }));
    }

    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1));
}
finally
{
    links.ForEach(l => l.Dispose());
}

foreach ((uint process, ulong samples) in profile[Profile.Samples].OrderByDescending(s => s.Value).Take(10))
{
    Console.WriteLine($"process {process}: {samples}");
}

[BpfObject]
static class Profile
{
    public static readonly HashMap<uint, ulong> Samples = new(maxEntries: 10240);

    [PerfEvent]
    public static int OnSample(PerfEventContext ctx)
    {
        uint process = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        ref ulong count = ref Samples.FindOrAdd(process, 0, out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
