using System.Buffers.Binary;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>Lookups that socket lookup programs are compared on, as <c>struct bpf_sk_lookup</c>.</summary>
internal static class TestLookups
{
    private const int Bytes = 72;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<byte[]> All { get; } =
    [
        Make(2, 6, 80), Make(2, 17, 53), Make(10, 6, 7007), Make(10, 17, 443), Make(2, 6, 7777), Make(2, 17, 0),
    ];

    private static byte[] Make(uint family, uint protocol, ushort port)
    {
        const int IPv6 = 10;
        byte[] context = new byte[Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(8), family);
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(12), protocol);
        BinaryPrimitives.WriteUInt32BigEndian(context.AsSpan(family == IPv6 ? 20 : 16), 0x7f000002);
        BinaryPrimitives.WriteUInt16BigEndian(context.AsSpan(36), (ushort)(port + 1));
        BinaryPrimitives.WriteUInt32BigEndian(context.AsSpan(family == IPv6 ? 56 : 40), 0x7f000001);
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(60), port);
        return context;
    }
}
