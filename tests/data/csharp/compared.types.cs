Programs as users write them.

//// property patterns and nested structs
[BpfObject]
public static class P
{
    public struct Endpoint { public uint Address; public ushort Port; }
    public struct Flow { public Endpoint From, To; public byte Protocol; public readonly bool IsLocal => From.Address == To.Address; }
    static int Classify(in Flow f) => f switch
    {
        { Protocol: 6, To.Port: 80 or 443 } => 1,
        { Protocol: 17, To: { Port: 53, Address: > 0x7f000000 } } => 2,
        { From.Port: < 1024 and not 22, IsLocal: false } => 3,
        { IsLocal: true } => 4,
        { Protocol: >= 100 } and { From.Address: var a } when (a & 1) == 0 => 5,
        _ => 6,
    };
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Flow f)) return 0;
        f.Protocol &= 127;
        var g = f with { To = f.From };
        return (uint)(Classify(f) * 10 + Classify(g));
    }
}

//// generics with static abstracts, default members and constants
[BpfObject]
public static class P
{
    interface IHash { static abstract uint Seed { get; } static abstract uint Mix(uint h, uint x); static virtual uint Finish(uint h) => h ^ (h >> 15); }
    struct Fnv : IHash { public static uint Seed => 2166136261; public static uint Mix(uint h, uint x) => (h ^ x) * 16777619; }
    struct Add : IHash { public static uint Seed => 0; public static uint Mix(uint h, uint x) => h + x; public static uint Finish(uint h) => h * 3; }
    interface ISize { static abstract int Value { get; } }
    struct Four : ISize { public static int Value => 4; }
    struct Six : ISize { public static int Value => 6; }
    static uint Hash<H, N>(ReadOnlySpan<uint> data) where H : IHash where N : ISize
    {
        uint h = H.Seed;
        for (int i = 0; i < N.Value && i < data.Length; i++) h = H.Mix(h, data[i]);
        return H.Finish(h);
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 0;
        ReadOnlySpan<uint> data = [a, b, a ^ b, 1, a & b, a | b];
        return Hash<Fnv, Four>(data) + Hash<Fnv, Six>(data) * 3 + Hash<Add, Six>(data) * 5 + Hash<Add, Four>(data) * 7;
    }
}

//// generic struct with operators and a fluent interface
[BpfObject]
public static class P
{
    readonly struct Vec<T>(T x, T y) where T : unmanaged, INumber<T> { public T X => x; public T Y => y; public static Vec<T> operator +(Vec<T> a, Vec<T> b) => new(a.X + b.X, a.Y + b.Y); public T Dot(Vec<T> o) => x * o.X + y * o.Y; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int a) || !p.TryRead(out int b)) return 0;
        Vec<int> v = new(a, b), w = new(b & 15, 3);
        Vec<ulong> u = new((ulong)(uint)a, 7);
        return (uint)(v + w).Dot(w) + (uint)(u.Dot(u) >> 7);
    }
}

//// ref returns, ref locals and swaps
[BpfObject]
public static class P
{
    struct Four { public uint A, B, C, D; }
    static ref uint Pick(ref Four f, uint i) { if (i == 0) return ref f.A; if (i == 1) return ref f.B; if (i == 2) return ref f.C; return ref f.D; }
    static void Swap<T>(ref T a, ref T b) { T t = a; a = b; b = t; }
    static void Sort(ref Four f) { if (f.A > f.B) Swap(ref f.A, ref f.B); if (f.C > f.D) Swap(ref f.C, ref f.D); if (f.A > f.C) Swap(ref f.A, ref f.C); if (f.B > f.D) Swap(ref f.B, ref f.D); if (f.B > f.C) Swap(ref f.B, ref f.C); }
    static readonly ArrayMap<Four> M = new(1);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Four f) || !p.TryRead(out uint i)) return 0;
        Pick(ref f, i & 3) += 7;
        Sort(ref f);
        ref Four m = ref M.Find(0, out bool ok);
        if (!ok) return 1;
        m = f;
        ref uint x = ref Pick(ref m, 2);
        x ^= 5;
        x = ref Pick(ref m, i & 1);
        x++;
        return m.A + m.B * 3 + m.C * 5 + m.D * 7 + f.A;
    }
}

//// nullable values
[BpfObject]
public static class P
{
    static uint? Find(uint x) => (x & 3) switch { 0 => null, 1 => x, var y => y * 2 };
    static int? Add(int? a, int? b) => a + b;
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        uint? f = Find(a);
        uint r = f ?? 100;
        if (f is { } v && v > 50) r += v;
        if (f.HasValue) r ^= f.Value;
        r += f.GetValueOrDefault(7);
        int? s = Add((int)(a & 7), (a & 8) != 0 ? null : 5);
        f ??= 3;
        bool? b = (a & 16) != 0 ? true : (a & 32) != 0 ? false : null;
        r += b == true ? 1u : b == false ? 2u : 3u;
        return r + (uint)(s ?? -1) + f.Value + (s > 6 ? 10u : 0);
    }
}

//// tuples and records
[BpfObject]
public static class P
{
    record struct Point(int X, int Y) { public readonly int Norm => X * X + Y * Y; public static Point operator -(Point a) => new(-a.X, -a.Y); }
    readonly record struct Key(uint Address, ushort Port, byte Kind);
    static readonly HashMap<Key, Point> M = new(32);
    static (uint Low, uint High) Split(ulong x) => ((uint)x, (uint)(x >> 32));
    static (int, (byte, bool)) Nested(int x) => (x + 1, ((byte)x, x > 5));
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a)) return 0;
        var (low, high) = Split(a);
        (low, high) = (high, low);
        var (n, (b, flag)) = Nested((int)low & 15);
        Key key = new(high & 7, (ushort)(low & 1), b);
        Point q = new((int)(low & 255), -n);
        M.Set(key, -q);
        if (!M.TryGetValue(key with { Kind = b }, out Point got)) return 9;
        var (x, y) = got;
        bool same = got == -q && key == new Key(key.Address, key.Port, key.Kind) && (low, high) != (1u, 2u);
        return (uint)(got.Norm + x + y + n) + (flag ? 1u : 0) + (same ? 1000u : 0);
    }
}

//// enums with flags and switch expressions
[BpfObject]
public static class P
{
    [Flags] enum Bits : byte { None = 0, Syn = 1, Ack = 2, Fin = 4, Rst = 8, All = 15 }
    enum Kind : long { A = -5, B = 1L << 40, C = 7 }
    static readonly HashMap<Bits, ulong> Seen = new(32);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Bits b) || !p.TryRead(out Kind k)) return 0;
        b &= Bits.All;
        Kind q = (b & Bits.Syn) != 0 ? Kind.A : (b & Bits.Ack) == Bits.Ack ? Kind.B : k;
        ref ulong n = ref Seen.FindOrAdd(b, 0, out bool ok);
        if (ok) n += (ulong)b;
        uint r = q switch { Kind.A => 1, Kind.B => 2, Kind.C => 3, < 0 => 4, > (Kind)1000 => 5, _ => 6 };
        if (b.HasFlag(Bits.Fin | Bits.Rst)) r += 10;
        b ^= Bits.All;
        b |= (Bits)((int)Bits.Syn << 1);
        return r + (uint)(int)~b + (uint)((long)q >> 3) + (ok ? (uint)n : 0);
    }
}

//// many locals alive at once
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ulong b) || !p.TryRead(out ulong c) || !p.TryRead(out ulong d)) return 0;
        ulong e = a * b, f = b ^ c, g = c + d, h = d - a, i = a | c, j = b & d, k = a >> 3, l = b << 5, m = c * 7, n = d / 3;
        for (int round = 0; round < 3; round++)
        {
            a += e ^ n; b -= f | m; c ^= g + l; d += h * k;
            e = e * 3 + a; f ^= b >> 2; g += c << 1; h -= d; i += j; j ^= k + e; k = l - f; l += m ^ g; m = n + h; n ^= i;
        }
        return (uint)(a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l ^ m ^ n);
    }
}

//// a subprogram with structs in and out
[BpfObject]
public static class P
{
    public struct In { public uint A; public byte B; public ulong C; }
    public struct Out { public ulong X; public uint Y; }
    [MethodImpl(MethodImplOptions.NoInlining)] static bool Work(in In i, out Out o) { o = new Out { X = i.C * i.B, Y = i.A ^ 5 }; return i.A > 10; }
    [MethodImpl(MethodImplOptions.NoInlining)] static ulong Mix(ulong a, ulong b, uint c, bool d, sbyte e) => d ? a * 3 + b : a ^ (c + (ulong)e);
    [MethodImpl(MethodImplOptions.NoInlining)] static sbyte Narrow(int x) => (sbyte)x;
    [MethodImpl(MethodImplOptions.NoInlining)] static ushort Short(uint x) => (ushort)(x * 3);
    [GlobalFunction] public static int Public(uint x, ulong y) => (int)(x + y);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out In i)) return 0;
        bool big = Work(i, out Out o);
        ulong m = Mix(o.X, i.C, o.Y, big, (sbyte)i.B);
        return (uint)m + (uint)Narrow((int)i.A) + Short(i.A) + (uint)Public(o.Y, m);
    }
}

//// shadowed generics in nested types
[BpfObject]
public static class P
{
    struct Box<T> where T : unmanaged { public T Value; public uint Uses; public struct Part { public T Inner; public byte Tag; } public readonly Part Cut() => new() { Inner = Value, Tag = (byte)Uses }; }
    interface IVisitor<T> { void Visit(ref T x); uint Result { get; } }
    struct Summing : IVisitor<ushort>, IVisitor<ulong> { uint _sum; public void Visit(ref ushort x) { _sum += x; x++; } public void Visit(ref ulong x) { _sum ^= (uint)x; x >>= 1; } public readonly uint Result => _sum; }
    static uint Walk<T, V>(Span<T> s, ref V v) where V : struct, IVisitor<T> { foreach (ref T x in s) v.Visit(ref x); return v.Result; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ushort b)) return 0;
        Box<ulong> x = new() { Value = a, Uses = 3 };
        var part = x.Cut();
        Summing v = default;
        Span<ushort> s = [b, (ushort)a, 7];
        Span<ulong> t = [a, b, part.Inner];
        uint r = Walk(s, ref v) + Walk<ulong, Summing>(t, ref v) + Walk(s, ref v);
        return r + part.Tag + s[0] + (uint)t[2];
    }
}
