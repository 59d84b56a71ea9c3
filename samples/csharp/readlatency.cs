#!/usr/bin/env dotnet
// Histogram of the time of vfs_read; needs fentry (BTF and ftrace with direct calls).   sudo dotnet run readlatency.cs [SECONDS]
using System.Numerics;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var latency = BpfHost.Kernel.Load(typeof(ReadLatency));
using (latency.Program(nameof(ReadLatency.Enter)).AttachToLoadTarget())
using (latency.Program(nameof(ReadLatency.Exit)).AttachToLoadTarget())
{
    Thread.Sleep(TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1));
}

var histogram = latency[ReadLatency.Histogram];
for (int i = 0; i < 32; i++)
{
    if (histogram[i] > 0)
    {
        Console.WriteLine($"{1UL << i,12} ns: {histogram[i]}");
    }
}

[BtfType("file")]
struct KernelFile { public uint f_mode; }

[BpfObject]
static unsafe class ReadLatency
{
    static readonly HashMap<ulong, ulong> s_start = new(maxEntries: 10240);

    public static readonly ArrayMap<ulong> Histogram = new(maxEntries: 32);

    [FunctionEntry("vfs_read")]
    public static int Enter(KernelFile* file, byte* buffer, ulong count, long* position)
    {
        s_start.Set(Bpf.GetCurrentPidTgid(), Bpf.KtimeGetNs());
        return 0;
    }

    [FunctionExit("vfs_read")]
    public static int Exit(KernelFile* file, byte* buffer, ulong count, long* position, long result)
    {
        ulong task = Bpf.GetCurrentPidTgid();
        if (!s_start.TryGetValue(task, out ulong start)) return 0;
        s_start.Remove(task);
        uint slot = (uint)BitOperations.Log2(Bpf.KtimeGetNs() - start | 1) & 31;
        ref ulong slotCount = ref Histogram.Find(slot, out bool found);
        if (found) Interlocked.Increment(ref slotCount);
        return 0;
    }
}
