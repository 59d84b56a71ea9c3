#!/usr/bin/env dotnet
// Drops what comes from a blocked address, counts it, and reports each drop.
//   sudo dotnet run firewall.cs 192.0.2.7                 in the kernel, on veth0, until Ctrl-C
//   dotnet run firewall.cs 192.0.2.7 capture.pcap         in this process, over a capture
// Outside of this repository begin with: #:package BpfSharp.Build
using System.Buffers.Binary;
using System.Net;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Packets;
using BpfSharp.Runtime.Hosting;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: firewall.cs ADDRESS [CAPTURE]");
    return 2;
}

uint ip = BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(args[0]).GetAddressBytes());
using CancellationTokenSource cancel = new();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; cancel.Cancel(); };
CancellationToken stop = cancel.Token;
if (args.Length > 1)
{
    Replay(args[1], ip);
    return 0;
}

try
{
    using var fw = BpfHost.Kernel.Load(typeof(Firewall));    // or BpfHost.InProcess
    fw[Firewall.Blocked][ip] = 0;                               // the declaration is the key to the live, typed map
    using var link = fw.Program(Firewall.Filter).AttachXdp("veth0");
    await foreach (var batch in fw[Firewall.Drops].ReadBatchesAsync(stop))
        foreach (ref readonly var e in batch) Console.WriteLine(e.Source);
}
catch (OperationCanceledException)
{
}

return 0;

static void Replay(string capture, uint ip)
{
    using var fw = BpfHost.InProcess.Load(typeof(Firewall));
    fw[Firewall.Blocked][ip] = 0;
    LoadedProgram filter = fw.Program(Firewall.Filter);
    using CaptureReader packets = CaptureReader.Open(capture);
    int dropped = 0;
    foreach (CapturedPacket packet in packets.ReadAll())
    {
        dropped += filter.Run(packet.Data).ReturnValue == (ulong)XdpAction.Drop ? 1 : 0;
    }

    int reported = 0;
    while (fw[Firewall.Drops].TryRead(out var batch))
    {
        reported += batch.Count;
    }

    Console.WriteLine($"{packets.Count} packets, {dropped} dropped, {fw[Firewall.Blocked][ip]} counted, {reported} reported, "
        + $"{fw[Firewall.Drops].Lost} lost ({fw.Engine})");
}

internal readonly record struct DropEvent(ulong Time, uint Source);

[BpfObject(License = "GPL")]
static class Firewall
{
    public static readonly HashMap<uint, ulong> Blocked = new(maxEntries: 4096);
    public static readonly RingBuffer<DropEvent> Drops = new(bytes: 1 << 20);

    [Xdp]
    public static XdpAction Filter(XdpContext ctx)
    {
        var packet = ctx.Packet;
        if (!packet.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryRead(out IPv4Header ip)) return XdpAction.Pass;            // TryRead is the bounds check
        ref ulong hits = ref Blocked.Find(ip.Source, out bool found);             // found is the null check
        if (!found) return XdpAction.Pass;
        Interlocked.Increment(ref hits);
        Drops.TryWrite(new DropEvent(Bpf.KtimeGetNs(), ip.Source));               // a failed write is counted as lost
        return XdpAction.Drop;
    }
}
