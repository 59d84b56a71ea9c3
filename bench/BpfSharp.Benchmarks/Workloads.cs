using System.Buffers.Binary;

namespace BpfSharp.Benchmarks;

/// <summary>The workloads: sources and objects in <c>bench/workloads</c>, their input here.</summary>
internal static class Workloads
{
    /// <summary>Name and bytes of memory.</summary>
    public static (string Name, int Bytes)[] All { get; } =
    [
        ("simple", 64), ("prime", 64), ("log2", 16 + 256), ("switchvm", 16 + 128), ("memcpy", 16 + 2048), ("strcmp", 16 + 512),
        ("checksum", 16 + 1440), ("pktparse", 16 + 200), ("siphash", 16 + 272), ("sort", 16 + 192), ("maparray", 16 + 64),
        ("maphash", 16 + 64), ("localcall", 16 + 256), ("atomics", 16 + 64),
    ];

    /// <summary>The input of a workload: the same bytes every time.</summary>
    public static byte[] Input(string name, int bytes)
    {
        byte[] memory = new byte[bytes];
        new Random(42).NextBytes(memory);
        memory.AsSpan(0, 16).Clear();
        Span<byte> data = memory.AsSpan(16);
        switch (name)
        {
            case "prime":
                data[0] = 0;
                break;
            case "strcmp":
                for (int i = 0; i < 256; i++)
                {
                    data[i] = data[i + 256] = (byte)(i | 1);
                }

                data[511] ^= 2;
                break;
            case "pktparse":
                Packet(data);
                break;
            default:
                break;
        }

        return memory;
    }

    /// <summary>Where the workloads are: above the binaries, in the repository.</summary>
    public static string Folder { get; } = Find("bench/workloads");

    public static string Find(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BpfSharp.slnx")))
            {
                return Path.Combine(folder.FullName, relative);
            }
        }

        throw new DirectoryNotFoundException("the benchmarks run inside the repository");
    }

    // TCP behind one VLAN tag, from 10.0.0.7 to 192.168.1.9:443, SYN.
    private static void Packet(Span<byte> p)
    {
        p[..64].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(p[12..], 0x8100);
        BinaryPrimitives.WriteUInt16BigEndian(p[14..], 5);
        BinaryPrimitives.WriteUInt16BigEndian(p[16..], 0x0800);
        Span<byte> ip = p[18..];
        ip[0] = 0x45;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0a000007);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0xc0a80109);
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 51000);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 443);
        tcp[13] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 64240);
    }
}
