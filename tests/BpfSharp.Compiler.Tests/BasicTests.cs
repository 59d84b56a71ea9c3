using BpfSharp.Compiler.Tests.Harness;

namespace BpfSharp.Compiler.Tests;

public sealed class BasicTests
{
    internal static byte[][] Packets(int seed = 1, int count = 8)
    {
        Random random = new(seed);
        byte[][] packets = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            packets[i] = new byte[64];
            random.NextBytes(packets[i]);
            if (i == 1)
            {
                packets[i].AsSpan().Clear();
            }
            else if (i == 2)
            {
                packets[i].AsSpan().Fill(0xff);
            }
        }

        packets[^1] = packets[^1][..20];
        return packets;
    }

    private static string Program(string body, string members = "") => $$"""
        [BpfObject] static unsafe class P
        {
            {{members}}
            struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }
            [Xdp] public static uint Main(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out Words w)) return 99;
                {{body}}
            }
        }
        """;

    [Theory]
    [InlineData("return w.A + w.B * 3 - (w.A ^ w.B);")]
    [InlineData("return (uint)(w.E * w.F >> 7) + (uint)(w.G >> 40);")]
    [InlineData("return w.A > w.B ? w.A : (uint)w.C;")]
    [InlineData("return w.B == 0 ? 7 : w.A / w.B + w.A % w.B;")]
    [InlineData("uint s = 0; for (int i = 0; i < 10; i++) { s += w.A >> i; s ^= w.B; } return s;")]
    [InlineData("int s = w.C; s = s / 8 + s % 16 - s / 7; return (uint)s;")]
    [InlineData("return (uint)(sbyte)w.A + (uint)(short)w.B + (byte)w.C;")]
    [InlineData("bool a = w.A > 5 && w.B < 1000000 || w.C == w.D; return a ? 1u : 0u;")]
    [InlineData("switch (w.A & 7) { case 0: return 5; case 1: return 6; case 2: case 3: return w.B; case 5: return 9; default: return 1; }")]
    public void Arithmetic_is_that_of_plain_csharp(string body) => ThreeWays.Check(Program(body), Packets(), [1, 2, 3, 4]);
}
