Programs as users write them.

//// checked arithmetic of every width
[BpfObject]
public static class P
{
    [Xdp(OnFault = 77)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int a) || !p.TryRead(out int b) || !p.TryRead(out long c) || !p.TryRead(out byte k)) return 0;
        checked
        {
            switch (k & 15)
            {
                case 0: return (uint)(a + b);
                case 1: return (uint)(a - b) & 0xff;
                case 2: return (uint)((a >> 8) * (b >> 20));
                case 3: return (uint)(c + a);
                case 4: return (uint)((ulong)c * 3);
                case 5: return (byte)a;
                case 6: return (uint)(sbyte)(c & 255);
                case 7: return (ushort)(a + 1);
                case 8: return (uint)-(long)a;
                case 9: return (uint)(short)c;
                case 10: return (uint)((uint)a + (uint)b);
                case 11: return (uint)((uint)a - (uint)b);
                case 12: return (uint)(int)c;
                case 13: return (uint)(ulong)(c >> 40);
                case 14: { int x = a; x++; return (uint)x; }
                default: return (uint)(c - b);
            }
        }
    }
}

//// bit operations and math
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out ulong b) || !p.TryRead(out int c)) return 0;
        uint r = (uint)BitOperations.PopCount(a) + (uint)BitOperations.PopCount(b) * 100;
        r += BitOperations.RotateLeft(a, 7) ^ BitOperations.RotateRight(a, c & 31);
        r += (uint)BitOperations.LeadingZeroCount(a) + (uint)BitOperations.TrailingZeroCount(b) + (uint)BitOperations.Log2(b | 1);
        r ^= (uint)Math.Min(c, 100) + (uint)Math.Max(c, -5) + (uint)Math.Clamp(c, -10, 10) + Math.Min(a, 7u);
        r += BitOperations.IsPow2(a) ? 1u : 0u;
        r += (uint)Math.Abs(c >> 1) + (uint)Math.Sign(c);
        r += (uint)(Math.BigMul(a, a) >> 32) + BitOperations.RoundUpToPowerOf2(a & 0xffff);
        r += (uint)int.Abs(c >> 2) + uint.Min(a, 3) + (uint)ulong.LeadingZeroCount(b) + (uint)int.PopCount(c) + (uint)uint.TrailingZeroCount(a);
        (uint q, uint m) = Math.DivRem(a, 7u);
        return r + q + m + (uint)BinaryPrimitives.ReverseEndianness(c) + BinaryPrimitives.ReverseEndianness((ushort)a);
    }
}

//// signed division, remainders, shifts
[BpfObject]
public static class P
{
    [Xdp(OnFault = 44)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int a) || !p.TryRead(out int b) || !p.TryRead(out long c) || !p.TryRead(out short d) || !p.TryRead(out sbyte e)) return 0;
        int r = a / 7 + a % 7 + a / -3 + a % -5 + a / 8 + a % 16;
        long w = c / 1000 + c % 1000 + c / -7 + c / 64;
        r += d / 3 + e % 4 + (d << 3) + (e >> 1) + (d >> e) + (a >> b) + (a << b) + (int)((uint)a >> b) + (int)(a >>> 3);
        r += (int)w + (int)(c >> d) + (int)(c << e) + (int)(c >>> 60);
        if (b == 0) return 3;
        return (uint)(r + a / b + a % b + (int)(c / (b | 1)));
    }
}

//// conversions of every width
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out long a) || !p.TryRead(out int b) || !p.TryRead(out ushort c) || !p.TryRead(out sbyte d)) return 0;
        ulong u = (ulong)b + c + (ulong)d + (uint)a + (ulong)(byte)b + (ulong)(short)a + (ulong)(sbyte)c + (char)b;
        long s = b + c - d + (int)u + (short)u + (sbyte)u + (byte)u + (ushort)u + (uint)u;
        nint n = (nint)a; nuint m = (nuint)u;
        s += (long)(n + 3) + (long)(m >> 4) + (b > 0 ? c : d) + (c > 5 ? b : (long)d);
        bool t = (byte)a > (sbyte)b, f = (uint)d > c, g = d < c, h = a > b, k = u > (ulong)s;
        return (uint)s + (uint)(s >> 32) + (t ? 1u : 0) + (f ? 2u : 0) + (g ? 4u : 0) + (h ? 8u : 0) + (k ? 16u : 0);
    }
}

//// 128-bit numbers
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ulong b)) return 0;
        UInt128 x = new(a, b);
        UInt128 y = x + ((UInt128)b << 3) ^ (x >> 17);
        bool less = y < x;
        ulong high = Math.BigMul(a, b, out ulong low);
        return (uint)(ulong)(y >> 64) + (uint)(ulong)y + (less ? 1u : 0) + (uint)high + (uint)low;
    }
}
