#!/usr/bin/env dotnet
// Sends TCP and UDP for one address on to backends, chosen by Maglev hashing: a backend that comes or goes moves few flows.
//   sudo dotnet run loadbalancer.cs veth0 192.0.2.1 10.0.0.1/02:00:00:00:00:01 10.0.0.2/02:00:00:00:00:02
using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Objects;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: loadbalancer.cs DEVICE ADDRESS BACKEND/MAC...");
    return 2;
}

Backend[] backends = [.. args[2..].Select(Parse)];
BpfObject source = BpfObject.From(typeof(Balancer));
source.Set(Balancer.Address, Number(args[1]));
using DeclaredObject balancer = new(BpfHost.Kernel.Load(source), source);
for (int i = 0; i < backends.Length; i++)
{
    balancer.Map(Balancer.Backends)[i] = backends[i];
}

uint[] table = Maglev.Fill(backends.Length, Maglev.Size);
for (int i = 0; i < table.Length; i++)
{
    balancer.Map(Balancer.Table)[i] = table[i];
}

using Link link = balancer.Program(Balancer.Balance).AttachXdp(args[0]);
Console.WriteLine("balancing; Enter ends it");
Console.ReadLine();
return 0;

static uint Number(string address) => BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(address).GetAddressBytes());

static Backend Parse(string text)
{
    string[] parts = text.Split('/');
    byte[] mac = PhysicalAddress.Parse(parts[1].Replace(':', '-').ToUpperInvariant()).GetAddressBytes();
    return new Backend
    {
        Address = Number(parts[0]),
        Mac = new MacAddress(((ulong)BinaryPrimitives.ReadUInt16BigEndian(mac) << 32) | BinaryPrimitives.ReadUInt32BigEndian(mac.AsSpan(2))),
    };
}

/// <summary>The lookup table of Maglev: each backend walks its own permutation and takes free places in turn.</summary>
static class Maglev
{
    public const int Size = 4093;

    public static uint[] Fill(int backends, int size)
    {
        uint[] table = new uint[size];
        Array.Fill(table, uint.MaxValue);
        int[] next = new int[backends];
        for (int filled = 0; filled < size;)
        {
            for (uint b = 0; b < backends && filled < size; b++)
            {
                uint offset = (uint)((b + 1) * 2654435761) % (uint)size;
                uint skip = (uint)((b + 1) * 40503) % (uint)(size - 1) + 1;
                uint place;
                do
                {
                    place = (uint)((offset + (ulong)next[b]++ * skip) % (ulong)size);
                }
                while (table[place] != uint.MaxValue);
                table[place] = b;
                filled++;
            }
        }

        return table;
    }
}

struct Backend
{
    public uint Address;
    public MacAddress Mac;
    private ushort _unused;
}

[BpfObject]
static class Balancer
{
    public static readonly Const<uint> Address = new();
    public static readonly ArrayMap<uint> Table = new(maxEntries: 4093);
    public static readonly ArrayMap<Backend> Backends = new(maxEntries: 64);
    public static readonly PerCpuArray<ulong> Packets = new(maxEntries: 64);

    [Xdp]
    public static XdpAction Balance(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        ref EthernetHeader eth = ref packet.Take<EthernetHeader>(out bool found);
        if (!found || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        ref IPv4Header ip = ref packet.Take<IPv4Header>(out found);
        if (!found || ip.Destination != Address || ip.HeaderBytes != 20) return XdpAction.Pass;
        if (ip.Protocol is not (IPProtocol.Tcp or IPProtocol.Udp)) return XdpAction.Pass;
        if (!packet.TryRead(out PortsHeader ports)) return XdpAction.Drop;
        uint hash = Mix(ip.Source ^ ((uint)ports.Source << 16 | ports.Destination));
        if (!Table.TryGetValue(hash % 4093, out uint index)) return XdpAction.Drop;
        ref Backend backend = ref Backends.Find(index, out found);
        if (!found) return XdpAction.Drop;
        ip.Checksum = Adjust(ip.Checksum, ip.Destination, backend.Address);
        ip.Destination = backend.Address;
        eth.Source = eth.Destination;
        eth.Destination = backend.Mac;
        ref ulong packets = ref Packets.Find(index, out found);
        if (found) packets++;
        return XdpAction.Tx;
    }

    static uint Mix(uint h)
    {
        h ^= h >> 16;
        h *= 0x85EBCA6B;
        h ^= h >> 13;
        h *= 0xC2B2AE35;
        return h ^ h >> 16;
    }

    // RFC 1624: the checksum after one 32-bit word of the header changed.
    static ushort Adjust(ushort checksum, uint before, uint after)
    {
        uint sum = (uint)(ushort)~checksum + (ushort)~(before >> 16) + (ushort)~before + (after >> 16) + (after & 0xFFFF);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
