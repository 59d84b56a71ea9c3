// Writes the capture the demo runs on: made-up traffic of one minute with clients, a web and a DNS server, a port scan,
// a blocked network, IPv6, ARP, VLAN and a few malformed packets. The same every time.
// usage: dotnet run eng/make-demo-capture.cs [samples/data/demo.pcap]
using System.Buffers.Binary;

string path = args.Length > 0 ? args[0] : "samples/data/demo.pcap";
Random random = new(20260101);
using FileStream file = File.Create(path);
Span<byte> header = stackalloc byte[24];
BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 65535);
BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
file.Write(header);
long time = 1_767_225_600_000_000;

uint service = Address(192, 0, 2, 10);
uint[] clients = [.. Enumerable.Range(0, 24).Select(i => Address(198, 51, 100, 10 + i))];
for (int connection = 0; connection < 120; connection++)
{
    // A few clients talk most.
    uint client = clients[(int)(clients.Length * Math.Pow(random.NextDouble(), 2.5))];
    ushort port = (ushort)random.Next(32768, 61000);
    Tcp(client, service, port, 443, 0x02, 0);
    Tcp(service, client, 443, port, 0x12, 0);
    for (int i = random.Next(1, 9); i > 0; i--)
    {
        Tcp(client, service, port, 443, 0x18, random.Next(40, 700));
        Tcp(service, client, 443, port, 0x10, random.Next(200, 900));
    }

    Tcp(client, service, port, 443, 0x11, 0);
    if (connection % 3 == 0)
    {
        Udp(client, service, (ushort)random.Next(32768, 61000), 53, random.Next(30, 60));
    }

    if (connection % 5 == 0)
    {
        Scan(Address(203, 0, 113, 66), random.Next(6, 14));
    }

    if (connection % 7 == 0)
    {
        Tcp(Address(203, 0, 113, 128 + random.Next(64)), service, (ushort)random.Next(1024, 65535), 443, 0x02, 0);
    }

    if (connection % 13 == 0)
    {
        Other();
    }
}

Console.WriteLine($"{path}: {file.Length} bytes");

void Scan(uint source, int ports)
{
    for (int i = 0; i < ports; i++)
    {
        Tcp(source, service, 55555, (ushort)random.Next(1, 10000), 0x02, 0);
    }
}

void Other()
{
    Write(Ethernet(0x0806, new byte[28]));
    Write(Ethernet(0x86dd, Ipv6Echo()));
    byte[] tagged = Ethernet(0x8100, [0x00, 0x0a, 0x08, 0x00, .. Ip4(clients[0], service, 17, new byte[20])]);
    Write(tagged);
    Write(Ethernet(0x0800, Ip4(clients[1], service, 6, new byte[8])[..24]));
    Write(Ethernet(0x0800, Ip4(clients[2], service, 1, [8, 0, 0, 0, 0, 1, 0, 1])));
}

byte[] Ipv6Echo()
{
    byte[] packet = new byte[48];
    packet[0] = 0x60;
    packet[5] = 8;
    packet[6] = 58;
    packet[7] = 64;
    packet[8] = packet[24] = 0x20;
    packet[40] = 128;
    return packet;
}

void Tcp(uint source, uint destination, ushort from, ushort to, byte flags, int payload)
{
    byte[] segment = new byte[20 + payload];
    BinaryPrimitives.WriteUInt16BigEndian(segment, from);
    BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), to);
    BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), (uint)random.Next());
    segment[12] = 0x50;
    segment[13] = flags;
    BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 64240);
    random.NextBytes(segment.AsSpan(20));
    BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), TransportChecksum(source, destination, 6, segment));
    Write(Ethernet(0x0800, Ip4(source, destination, 6, segment)));
}

void Udp(uint source, uint destination, ushort from, ushort to, int payload)
{
    byte[] datagram = new byte[8 + payload];
    BinaryPrimitives.WriteUInt16BigEndian(datagram, from);
    BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), to);
    BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
    random.NextBytes(datagram.AsSpan(8));
    BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), TransportChecksum(source, destination, 17, datagram));
    Write(Ethernet(0x0800, Ip4(source, destination, 17, datagram)));
}

byte[] Ip4(uint source, uint destination, byte protocol, byte[] payload)
{
    byte[] packet = [.. new byte[20], .. payload];
    packet[0] = 0x45;
    BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
    BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)random.Next(65536));
    packet[8] = 64;
    packet[9] = protocol;
    BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), source);
    BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), destination);
    BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20), 0));
    return packet;
}

static byte[] Ethernet(ushort type, byte[] payload)
{
    byte[] frame = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (byte)(type >> 8), (byte)type, .. payload];
    return frame.Length >= 60 ? frame : [.. frame, .. new byte[60 - frame.Length]];
}

static ushort TransportChecksum(uint source, uint destination, byte protocol, byte[] segment) =>
    Checksum(segment, (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) + protocol + (uint)segment.Length);

static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
{
    for (int i = 0; i < bytes.Length; i += 2)
    {
        sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
    }

    while (sum >> 16 != 0)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }

    return (ushort)~sum;
}

static uint Address(int a, int b, int c, int d) => (uint)(a << 24 | b << 16 | c << 8 | d);

void Write(byte[] packet)
{
    time += random.Next(200, 40_000);
    Span<byte> record = stackalloc byte[16];
    BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(time / 1_000_000));
    BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(time % 1_000_000));
    BinaryPrimitives.WriteUInt32LittleEndian(record[8..], (uint)packet.Length);
    BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)packet.Length);
    file.Write(record);
    file.Write(packet);
}
