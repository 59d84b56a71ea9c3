Programs as users write them.

//// try and finally, using and early returns
[BpfObject]
public static class P
{
    static uint s_open, s_closed;
    ref struct Guard(ref uint counter) { ref uint _c = ref counter; public void Dispose() => _c++; }
    static uint Work(uint a)
    {
        using Guard g = new(ref s_closed);
        s_open++;
        if ((a & 1) != 0) return a;
        try
        {
            if ((a & 2) != 0) return a * 2;
            for (uint i = 0; i < 4; i++) { if (((a >> (int)i) & 8) != 0) break; s_open += i; }
        }
        finally { s_open += 100; }
        return 5;
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        uint r = Work(a) + Work(a >> 3);
        return r + s_open * 1000 + s_closed * 7;
    }
}

//// throw with a fault value, nested and after changes
[BpfObject]
public static class P
{
    static readonly ArrayMap<uint> Errors = new(1);
    static uint Positive(int x) => x > 0 ? (uint)x : throw new ArgumentOutOfRangeException(nameof(x));
    static void Count() { ref uint e = ref Errors.Find(0, out bool ok); if (ok) e++; }
    [Xdp(OnFault = XdpAction.Aborted)]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int a) || !p.TryRead(out int b)) return XdpAction.Pass;
        Count();
        uint x = Positive(a & 0xf0f) + Positive(b);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(x, 0x7fffffffu);
        if (x % 3 == 0) throw new InvalidOperationException("never");
        return (x & 1) != 0 ? XdpAction.Drop : XdpAction.Tx;
    }
}

//// loop with state, nested callbacks and early stop
[BpfObject]
public static class P
{
    struct State { public uint Sum, Seed; public ulong Wide; public byte Stop; }
    static readonly HashMap<uint, uint> M = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        State s = new() { Seed = a, Stop = (byte)(a & 31) };
        long rounds = Bpf.Loop(40, static (i, ref s) =>
        {
            s.Sum += s.Seed ^ i;
            s.Wide += (ulong)s.Sum << 3;
            if (i == s.Stop) return false;
            uint k = i & 7;
            M.Set(k, s.Sum);
            return true;
        }, ref s);
        long seen = M.ForEach(static (in uint k, ref uint v, ref State s) => { s.Sum += v * 3; v = k; return true; }, ref s);
        return s.Sum + (uint)s.Wide + (uint)rounds + (uint)seen;
    }
}

//// function pointers and static lambdas
[BpfObject]
public static unsafe class P
{
    static uint Twice(uint x) => x * 2;
    static uint Thrice(uint x) => x * 3;
    static uint Apply(delegate*<uint, uint> f, uint x) => f(f(x));
    static uint Fold(ReadOnlySpan<uint> s, Func<uint, uint, uint> f) { uint r = 1; foreach (uint x in s) r = f(r, x); return r; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        ReadOnlySpan<uint> s = [a, a >> 3, 9];
        return Apply(&Twice, a) + Apply(&Thrice, a) + Fold(s, static (r, x) => r * 31 + x) + Fold(s, (r, x) => r ^ x) + Fold(s, Math.Max);
    }
}

//// goto, labels, do while and nested breaks
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a)) return 0;
        uint n = 0, state = 0;
        ulong x = a;
    again:
        n++;
        switch (state)
        {
            case 0: if ((x & 1) != 0) { state = 1; goto next; } goto case 2;
            case 1: if ((x & 2) != 0) { state = 0; break; } goto default;
            case 2: n += 3; if ((x & 4) != 0) goto done; break;
            default: n += 5; state = 2; break;
        }
    next:
        x >>= 3;
        if (n < 12 && x != 0) goto again;
    done:
        uint k = 10;
        do { if (k == n % 7) break; n += k; } while (--k > 0);
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; ; j++) { if (j > i) break; if (((a >> (i + j)) & 1) == 0) continue; n++; if (j == 3) goto end; }
        }
    end:
        return n;
    }
}

//// local functions that capture, and expression bodies
[BpfObject]
public static class P
{
    static int s_total;
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        uint count = 0;
        Span<uint> seen = stackalloc uint[4];
        void Note(uint x) { count += x; s_total++; }
        static uint Half(uint x) => x / 2;
        bool Both(uint x, uint y) => x > count && y < count + a;
        Note(a & 3);
        seen[(int)(a & 3)] = count;
        if (Both(Half(a), 5)) Note(Half(a));
        uint Sum(ReadOnlySpan<uint> s) { uint r = count; foreach (uint x in s) r += x; return r; }
        return Sum(seen) + (uint)s_total;
    }
}

//// interpolation, constants and nameof
[BpfObject]
public static class P
{
    const string Prefix = "drop";
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        if (a == 0x12345678) Bpf.Print($"{Prefix} {a} of {nameof(Main)} {a:x}");
        if (a == 0x12345679) Bpf.Print($"done");
        return a;
    }
}

//// switches of all densities
[BpfObject]
public static class P
{
    static uint Dense(uint x) { switch (x & 15) { case 0: return 5; case 1: return 9; case 2: case 3: return 1; case 4: return x; case 5: return x * 3; case 9: return 8; case 10: return 11; default: return 2; } }
    static int Sparse(int x) => x switch { -1000 => 1, 5 => 2, 77 => 3, 1 << 20 => 4, > 1000 and < 2000 => 5, int.MinValue => 6, _ => x };
    static ulong Wide(ulong x) => x switch { 0 => 1, 0x8000000000000000 => 2, > 0xffffffff and < 0x100000005 => 3, _ => x >> 60 };
    static uint Tuple(byte a, bool b) => (a, b) switch { (0, true) => 1, ( > 5, false) => 2, (_, true) => 3, var (x, _) => x };
    static char Letter(byte b) => b switch { < 26 => (char)('a' + b), < 52 => (char)('A' + b - 26), _ => '-' };
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out ulong b) || !p.TryRead(out byte c)) return 0;
        uint r = Dense(a) + (uint)Sparse((int)a) + (uint)Sparse((int)(a & 2047)) + (uint)Wide(b) + (uint)Wide(b & 0x100000007) + Tuple(c, (a & 1) != 0) + Letter(c);
        for (uint i = 0; i < 12; i++) r = r * 5 + Dense(i);
        return r;
    }
}

//// constants of all kinds, and conditional compilation of code
[BpfObject]
public static class P
{
    const bool Verbose = false;
    const int Rounds = 3;
    static readonly uint[] Table = [0, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c];
    static readonly byte[] Names = "abcdefgh"u8.ToArray();
    static readonly (ushort Port, byte Class)[] Classes = [(80, 1), (443, 2), (53, 3)];
    static uint Crc(ReadOnlySpan<byte> s) { uint c = ~0u; foreach (byte b in s) { c = Table[(c ^ b) & 15] ^ (c >> 4); c = Table[(c ^ (uint)(b >> 4)) & 15] ^ (c >> 4); } return ~c; }
    static uint Total(ReadOnlySpan<uint> s) { uint t = 0; foreach (uint x in s) t += x; return t; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ushort port)) return 0;
        if (Verbose) throw new NotSupportedException();
        Span<byte> s = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(s, a);
        uint kind = 0;
        foreach (var (number, cls) in Classes) if (number == port) { kind = cls; break; }
        return Crc(s) + Names[(int)(a & 7)] + kind * Rounds + Total(Table) + Crc(Names);
    }
}
