#!/usr/bin/env dotnet
// Counts the hits of a static tracepoint (USDT) of a program or library, per process.
//   sudo dotnet run usdt.cs FILE PROVIDER NAME [PID]
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: usdt.cs FILE PROVIDER NAME [PID]");
    return 2;
}

int process = args.Length > 3 ? int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture) : -1;
using var hits = BpfHost.Kernel.Load(typeof(UsdtHits));
using Link link = hits.Program(UsdtHits.OnHit).Attach(new Usdt(args[0], args[1], args[2], process));
Console.WriteLine("counting; Enter shows the counters and ends");
Console.ReadLine();
foreach ((uint id, ulong count) in hits[UsdtHits.PerProcess])
{
    Console.WriteLine($"process {id}: {count}");
}

return 0;

[BpfObject]
static class UsdtHits
{
    public static readonly HashMap<uint, ulong> PerProcess = new(maxEntries: 4096);

    // The file, provider and name are those of the command line: they are told when attaching.
    [Usdt("libc.so.6", "libc", "setjmp")]
    public static int OnHit(KprobeContext ctx)
    {
        ref ulong count = ref PerProcess.FindOrAdd((uint)(Bpf.GetCurrentPidTgid() >> 32), 0, out bool found);
        if (found) Interlocked.Increment(ref count);
        return 0;
    }
}
