#!/usr/bin/env dotnet
// Counts what leaves by an interface, per cgroup.   sudo dotnet run egress.cs eth0
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: egress.cs DEVICE");
    return 2;
}

using var egress = BpfHost.Kernel.Load(typeof(Egress));
using Link link = egress.Program(Egress.Count).AttachTcx(args[0], TrafficDirection.Egress);
Console.WriteLine("counting; Enter shows the counters and ends");
Console.ReadLine();
foreach ((ulong cgroup, Traffic traffic) in egress[Egress.PerCgroup])
{
    Console.WriteLine($"cgroup {cgroup}: {traffic.Packets} packets, {traffic.Bytes} bytes");
}

return 0;

struct Traffic
{
    public ulong Packets, Bytes;
}

[BpfObject]
static class Egress
{
    public static readonly HashMap<ulong, Traffic> PerCgroup = new(maxEntries: 4096);

    [TcxEgress]
    public static TcAction Count(SkbContext skb)
    {
        ref Traffic traffic = ref PerCgroup.FindOrAdd(Bpf.SkbCgroupId(skb), default, out bool found);
        if (!found) return TcAction.Next;
        Interlocked.Increment(ref traffic.Packets);
        Interlocked.Add(ref traffic.Bytes, skb.Length);
        return TcAction.Next;
    }
}
