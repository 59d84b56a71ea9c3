Programs whose places on the stack share bytes, and loops that are written out.

//// keys and values of several maps one after another
[BpfObject]
public static class P
{
    public struct Five { public ushort Port; public byte Protocol; public uint A, B; }
    static readonly HashMap<Five, ulong> Flows = new(64);
    static readonly HashMap<uint, uint> Names = new(64);
    static readonly HashMap<ulong, Five> Back = new(64);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b) || !p.TryRead(out ushort port)) return 0;
        Five key = new() { Port = port, Protocol = (byte)a, A = a & 15, B = b & 3 };
        Flows.Set(key, a);
        uint small = a & 7;
        Names.Set(small, b);
        ulong wide = ((ulong)a << 32) | b;
        Back.Set(wide & 0xf0000000f, key);
        uint sum = 0;
        ref ulong flow = ref Flows.Find(key, out bool ok);
        if (ok) sum += (uint)flow;
        ref uint name = ref Names.Find(small, out ok);
        if (ok) sum += name;
        ref Five five = ref Back.Find(wide & 0xf0000000f, out ok);
        if (ok) sum += five.Port + five.A * 3 + five.B + five.Protocol;
        Names.Remove(small);
        Flows.Remove(key);
        return sum;
    }
}

//// references that choose between two places
[BpfObject]
public static class P
{
    struct Pair { public ulong X, Y; }
    static readonly HashMap<ulong, ulong> M = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 0;
        Span<uint> left = stackalloc uint[4];
        Span<uint> right = stackalloc uint[4];
        for (int i = 0; i < 4; i++) { left[i] = a >> i; right[i] = b >> i; }
        ref uint chosen = ref (a & 1) != 0 ? ref left[(int)(b & 3)] : ref right[(int)(a & 3)];
        M.Set(1, chosen);
        Pair pair = new() { X = a, Y = b };
        M.Set(pair.X & 3, pair.Y);
        chosen += 5;
        ulong later = pair.X;
        M.Set(2, later);
        uint s = chosen;
        foreach (uint l in left) s = s * 31 + l;
        foreach (uint r in right) s = s * 37 + r;
        ref ulong two = ref M.Find(2, out bool ok); return ok ? s + (uint)two : s;
    }
}

//// places used in turns by a loop
[BpfObject]
public static class P
{
    static readonly HashMap<uint, uint> M = new(64);
    static readonly HashMap<ulong, uint> N = new(64);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        uint carried = a, sum = 0;
        ulong previous = a;
        for (uint i = 0; i < 6; i++)
        {
            uint key = carried & 31;
            ref uint v = ref M.Find(key, out bool ok);
            if (ok) { sum += v; v++; } else M.Set(key, carried);
            ulong wide = previous ^ i;
            ref uint w = ref N.Find(wide, out ok);
            if (ok) sum ^= w; else N.Set(wide, sum);
            previous = wide;
            carried = carried * 5 + 1;
        }
        return sum + carried;
    }
}

//// a reference kept in a struct across calls
[BpfObject]
public static class P
{
    ref struct Cursor { public ref uint Where; public uint Seen; }
    static readonly HashMap<uint, uint> M = new(64);
    [MethodImpl(MethodImplOptions.NoInlining)] static uint Bump(ref uint x, uint by) { x += by; return x ^ by; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 0;
        uint local = a;
        Cursor c = new() { Where = ref local };
        M.Set(b & 7, a);
        c.Seen = Bump(ref c.Where, b);
        uint other = b;
        uint got = Bump(ref other, a);
        M.Set(other & 7, got);
        return local * 3 + c.Where + c.Seen + got + other;
    }
}

//// structs given away by reference one after another
[BpfObject]
public static class P
{
    struct Big { public ulong A, B, C; public uint D; public byte E; }
    [MethodImpl(MethodImplOptions.NoInlining)] static uint Hash(in Big b) => (uint)(b.A * 31 + b.B * 7 + b.C) ^ b.D ^ b.E;
    [MethodImpl(MethodImplOptions.NoInlining)] static void Fill(out Big b, uint seed) { b = new Big { A = seed, B = seed * 3UL, C = ~(ulong)seed, D = seed >> 3, E = (byte)seed }; }
    static readonly HashMap<Big, uint> M = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        Fill(out Big one, a & 3);
        uint h = Hash(one);
        M.Set(one, h);
        Big two = one with { D = 9 };
        h += Hash(two);
        M.Set(two, 5);
        Fill(out Big three, a & 1);
        ref uint found = ref M.Find(three, out bool ok);
        if (ok) h ^= found;
        return h + Hash(three);
    }
}

//// one loop in another, both of few rounds
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong key) || !p.TryRead(out ulong text)) return 0;
        Span<byte> box = stackalloc byte[16];
        for (int i = 0; i < 16; i++) box[i] = (byte)i;
        int j = 0;
        for (int i = 0; i < 16; i++)
        {
            j = (j + box[i] + (int)(key >> (i & 7) * 8 & 0xff)) & 15;
            (box[i], box[j]) = (box[j], box[i]);
        }
        uint sum = 0;
        for (int row = 0; row < 4; row++)
            for (int column = 0; column < 4; column++)
            {
                if (row == column) continue;
                sum = sum * 5 + (uint)(box[row * 4 + column] ^ (byte)(text >> row * 8));
            }
        return sum;
    }
}

//// loops left early, with values of the round that leaves
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a)) return 0;
        uint last = 0, index = 99;
        for (uint i = 0; i < 8; i++)
        {
            byte b = (byte)(a >> (int)(i * 8));
            last = b;
            if (b == 0) { index = i; break; }
            if ((b & 0x80) != 0) return 1000 + i * 256 + b;
        }
        uint k = 0;
        int n = 3;
        do { k += (uint)n * last; n--; } while (n > 0);
        for (int down = 7; down >= 0; down -= 2) k ^= (uint)down << down;
        for (int step = 1; step < 100; step *= 3) k += (uint)step & last;
        return index * 7 + k;
    }
}

//// bytes of wider values
[BpfObject]
public static unsafe class P
{
    [StructLayout(LayoutKind.Explicit)] struct Mixed { [FieldOffset(0)] public ulong Whole; [FieldOffset(0)] public uint Low; [FieldOffset(4)] public ushort High; [FieldOffset(6)] public sbyte Sign; [FieldOffset(7)] public byte Top; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out uint b)) return 0;
        Mixed m = default;
        m.Whole = a;
        int s = m.Sign;
        long l = *(int*)&m.Low;
        uint r = m.Low ^ m.High ^ (uint)s ^ m.Top ^ (uint)l ^ (uint)(l >> 32);
        byte* bytes = (byte*)&b;
        for (int i = 0; i < 4; i++) r = r * 31 + bytes[i];
        short* halves = (short*)&a;
        for (int i = 0; i < 4; i++) r = r * 33 + (uint)halves[i];
        return r + (uint)((int*)&a)[1] + (uint)((sbyte*)&a)[3];
    }
}
