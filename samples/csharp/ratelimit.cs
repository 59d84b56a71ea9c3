#!/usr/bin/env dotnet
// Lets at most 1000 packets a second of each address pass; a timer in the map's value fills the bucket.   sudo dotnet run ratelimit.cs veth0
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: ratelimit.cs DEVICE");
    return 2;
}

using var limiter = BpfHost.Kernel.Load(typeof(RateLimit));
using Link link = limiter.Program(RateLimit.Limit).AttachXdp(args[0]);
Console.WriteLine("limiting; Enter ends it");
Console.ReadLine();
return 0;

struct Bucket
{
    public BpfTimer Timer;
    public long Tokens;
}

[BpfObject]
static class RateLimit
{
    const long PerTick = 100;
    const ulong Tick = 100_000_000;
    const ulong Monotonic = 1;

    public static readonly HashMap<uint, Bucket> Buckets = new(maxEntries: 4096);

    [Xdp]
    public static XdpAction Limit(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out IPv4Header ip)) return XdpAction.Pass;
        uint source = ip.Source;
        ref Bucket bucket = ref Buckets.Find(source, out bool found);
        if (!found)
        {
            Buckets.TryAdd(source, new Bucket { Tokens = PerTick });
            bucket = ref Buckets.Find(source, out found);
            if (!found) return XdpAction.Pass;
            if (BpfTimer.Initialize(ref bucket.Timer, Buckets, Monotonic) == 0)
            {
                BpfTimer.SetCallback(ref bucket.Timer, static (ref uint key, ref Bucket value) => Refill(ref value));
                BpfTimer.Start(ref bucket.Timer, Tick, 0);
            }
        }

        return Interlocked.Add(ref bucket.Tokens, -1) >= 0 ? XdpAction.Pass : XdpAction.Drop;
    }

    static void Refill(ref Bucket bucket)
    {
        bucket.Tokens = PerTick;
        BpfTimer.Start(ref bucket.Timer, Tick, 0);
    }
}
