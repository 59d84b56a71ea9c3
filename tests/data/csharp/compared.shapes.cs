Programs as users write them.

//// list patterns over bytes
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint w)) return 0;
        ReadOnlySpan<byte> s = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in w));
        uint r = s switch
        {
            [0, ..] => 1,
            [> 200, var x, ..] => (uint)x + 2,
            [_, 1 or 2 or 3, .., var last] => last,
            [var a, var b, var c, var d] when a < b => (uint)(a + b + c + d),
            [.., < 10] => 7,
            _ => 9,
        };
        return s is [_, _, var third, _] && third > 100 ? r + third : r;
    }
}

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

//// index and range of spans, slices, fills and copies
[BpfObject]
public static class P
{
    [Xdp(OnFault = 5)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ulong b)) return 0;
        Span<byte> buffer = stackalloc byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(buffer, a);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[8..], b);
        buffer[16..24].Fill((byte)a);
        buffer.Slice(0, 8).CopyTo(buffer[24..]);
        uint s = 0;
        foreach (byte x in buffer) s = s * 31 + x;
        s += buffer[^1] + (uint)buffer[4..^4].Length + BinaryPrimitives.ReadUInt16BigEndian(buffer.Slice(3, 2));
        int at = (int)(a & 63);
        return s + buffer[at];
    }
}

//// span searches and comparisons
[BpfObject]
public static class P
{
    static ReadOnlySpan<byte> Get => "GET "u8;
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ulong b)) return 0;
        Span<byte> s = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(s, a & 0x0303030303030303);
        BinaryPrimitives.WriteUInt64LittleEndian(s[8..], b & 0x0101010101010101);
        uint r = 0;
        if (s.StartsWith("\0\u0001"u8)) r |= 1;
        if (s[..4].SequenceEqual(Get)) r |= 2;
        if (s[..8].SequenceEqual(s[8..])) r |= 4;
        return r + (uint)s.Length;
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

//// inline arrays of structs, two levels
[BpfObject]
public static class P
{
    struct Cell { public uint Count; public ushort Tag; }
    [InlineArray(4)] struct Row { Cell _c; }
    [InlineArray(3)] struct Table { Row _r; }
    static readonly ArrayMap<Table> Tables = new(2);
    [Xdp(OnFault = 3)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a) || !p.TryRead(out byte b)) return 0;
        ref Table t = ref Tables.Find(a & 1u, out bool ok);
        if (!ok) return 1;
        int row = a % 3, column = b & 3;
        t[row][column].Count += 5;
        t[row][column].Tag ^= b;
        uint s = 0;
        for (int i = 0; i < 3; i++)
            foreach (ref Cell c in (Span<Cell>)t[i]) { s += c.Count * 3 + c.Tag; c.Count++; }
        Span<Cell> cells = t[1];
        return s + cells[b & 7].Count;
    }
}

//// fixed buffers and pointers over them
[BpfObject]
public static unsafe class P
{
    struct Packed { public fixed ushort Ports[8]; public fixed byte Name[12]; public int Used; }
    static readonly HashMap<uint, Packed> M = new(8);
    static int Sum(ushort* p, int n) { int s = 0; for (ushort* e = p + n; p < e; p++) s += *p; return s; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        Packed k = default;
        for (int i = 0; i < 8; i++) k.Ports[i] = (ushort)(a >> i);
        k.Name[3] = (byte)a;
        k.Used = Sum(k.Ports, 8);
        M.Set(a & 3, k);
        ref Packed got = ref M.Find(a & 3, out bool ok);
        if (!ok) return 1;
        fixed (ushort* q = got.Ports) { int t = 0; for (int i = 0; i < 8; i++) t += q[i] * i; return (uint)(t + got.Used + got.Name[3]); }
    }
}

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

//// foreach over arrays, tables and spans of structs
[BpfObject]
public static class P
{
    struct Rule { public uint Net, Mask; public byte Action; }
    static readonly uint[] Primes = [2, 3, 5, 7, 11, 13];
    static readonly byte[] Names = "abcdef"u8.ToArray();
    static ReadOnlySpan<short> Steps => [1, -2, 300, -400];
    [Xdp(OnFault = 8)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        Span<Rule> rules = stackalloc Rule[] { new() { Net = 1, Mask = 3, Action = 4 }, new() { Net = a, Mask = 0xff, Action = 2 }, default };
        uint r = 0;
        foreach (uint x in Primes) r += a % x;
        foreach (short s in Steps) r += (uint)s;
        foreach (ref readonly Rule rule in rules) if ((a & rule.Mask) == (rule.Net & rule.Mask)) { r += rule.Action; break; }
        for (int i = 0; i < rules.Length; i++) r += rules[i].Action;
        return r + Names[(int)(a & 7)] + Primes[a % (uint)Primes.Length];
    }
}

//// packets changed in place
[BpfObject]
public static class P
{
    static void Swap(ref MacAddress a, ref MacAddress b) => (a, b) = (b, a);
    static ushort Fold(uint sum) { sum = (sum & 0xffff) + (sum >> 16); sum = (sum & 0xffff) + (sum >> 16); return (ushort)~sum; }
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ref EthernetHeader eth = ref p.Take<EthernetHeader>(out bool ok);
        if (!ok) return XdpAction.Pass;
        if (eth.Type == EtherType.Vlan) { if (!p.TryRead(out VlanHeader tag)) return XdpAction.Drop; }
        ref IPv4Header ip = ref p.Take<IPv4Header>(out ok);
        if (!ok) return XdpAction.Pass;
        MacAddress d = eth.Destination, s = eth.Source;
        eth.Destination = s;
        eth.Source = d;
        (ip.Source, ip.Destination) = (ip.Destination, ip.Source);
        ip.TimeToLive--;
        uint sum = ip.Checksum;
        sum += 0x100;
        ip.Checksum = (ushort)(sum + (sum >> 16));
        return ip.TimeToLive == 0 ? XdpAction.Drop : XdpAction.Tx;
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

//// static state of all kinds
[BpfObject]
public static class P
{
    struct Config { public uint Limit; public bool On; public (byte, short) Pair; }
    static readonly Const<uint> Threshold = new(40);
    static readonly Const<Config> Settings = new(new Config { Limit = 9, On = true });
    static uint s_count = 5;
    static ulong s_big = 0x123456789abcdef0;
    static Config s_config = new() { Limit = 3, Pair = (1, -2) };
    static bool s_flag;
    static short s_short = -7;
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        s_count += a & 3;
        Interlocked.Add(ref s_big, a);
        s_config.Limit++;
        s_config.Pair = ((byte)a, (short)(s_config.Pair.Item2 - 1));
        s_flag = !s_flag;
        s_short--;
        Config copy = s_config;
        return s_count + (uint)s_big + copy.Limit + (uint)copy.Pair.Item2 + (s_flag ? 1u : 0) + (uint)s_short + Threshold
            + (Settings.Value.On ? Settings.Value.Limit : 0);
    }
}

//// interlocked of every kind
[BpfObject]
public static class P
{
    struct Counters { public uint A; public int B; public ulong C; public long D; }
    static readonly ArrayMap<Counters> M = new(1);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        ref Counters c = ref M.Find(0, out bool ok);
        if (!ok) return 1;
        uint r = Interlocked.Increment(ref c.A);
        r += (uint)Interlocked.Decrement(ref c.B);
        r += (uint)Interlocked.Add(ref c.C, a);
        r ^= (uint)Interlocked.Exchange(ref c.D, (long)a << 20);
        r += Interlocked.CompareExchange(ref c.A, 9, r & 7);
        r += (uint)Interlocked.Or(ref c.B, (int)a & 0x55);
        r += (uint)Interlocked.And(ref c.C, ~(ulong)a);
        r += (uint)Interlocked.Read(ref c.D);
        Volatile.Write(ref c.A, Volatile.Read(ref c.A) + 1);
        return r + c.A + (uint)c.B + (uint)c.C;
    }
}

//// spin locks by using
[BpfObject]
public static class P
{
    struct Account { public BpfSpinLock Lock; public uint Balance; public ulong Moves; }
    static readonly HashMap<uint, Account> Accounts = new(8);
    static readonly ArrayMap<Account> Bank = new(1);
    static uint Move(ref Account a, uint n) { using (BpfSpinLock.Enter(ref a.Lock)) { a.Moves++; if (a.Balance < n) { a.Balance += 10; return 0; } a.Balance -= n; return n; } }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        ref Account b = ref Bank.Find(0, out bool ok);
        if (!ok) return 1;
        uint r = Move(ref b, a & 31);
        if (!Accounts.Contains(a & 3)) Accounts.Set(a & 3, default);
        ref Account x = ref Accounts.Find(a & 3, out ok);
        if (!ok) return 2;
        r += Move(ref x, a & 7);
        uint total;
        using (BpfSpinLock.Enter(ref x.Lock)) total = x.Balance + (uint)x.Moves;
        return r * 100 + total + b.Balance;
    }
}

//// strings of bytes parsed from a packet
[BpfObject]
public static class P
{
    [InlineArray(32)] struct Name { byte _b; }
    static readonly HashMap<Name, uint> Hosts = new(16);
    static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        Name name = default;
        int length = 0;
        uint number = 0;
        for (int i = 0; i < 32; i++)
        {
            if (!p.TryRead(out byte b) || b == 0) break;
            name[i] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
            if (IsDigit(b)) number = number * 10 + (uint)(b - '0');
            length++;
        }
        ref uint n = ref Hosts.FindOrAdd(name, 1, out bool ok);
        if (!ok) return 7;
        n += number;
        return n * 64 + (uint)length;
    }
}

//// queue, stack and trie
[BpfObject]
public static class P
{
    record struct Job(uint Id, ushort Cost);
    static readonly QueueMap<Job> Jobs = new(8);
    static readonly StackMap<ulong> Undo = new(4);
    static readonly LpmTrie<IPv4Prefix, uint> Routes = new(32);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) return 0;
        Jobs.PushOver(new Job(a, (ushort)(a >> 7)));
        if (!Undo.TryPush(a)) { if (Undo.TryPop(out ulong old)) a ^= (uint)old; }
        Routes.Set(new IPv4Prefix(a, 8 + (a & 15)), a & 0xff);
        uint r = Routes.TryGetValue(new IPv4Prefix(a ^ 1), out uint hop) ? hop : 1000;
        if (Jobs.TryPeek(out Job j) && j.Cost > 3000) { Jobs.TryPop(out j); r += j.Id; }
        return r;
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

//// a binary heap in an array map
[BpfObject]
public static class P
{
    struct Item { public uint Key, Value; }
    [InlineArray(16)] struct Items { Item _i; }
    struct Heap { public uint Count; public Items Items; }
    static readonly ArrayMap<Heap> Heaps = new(1);
    static bool Push(ref Heap h, Item x)
    {
        uint i = h.Count;
        if (i >= 16) return false;
        h.Count = i + 1;
        h.Items[(int)i] = x;
        for (int round = 0; round < 4; round++)
        {
            if (i == 0 || i >= 16) break;
            uint parent = (i - 1) >> 1;
            if (h.Items[(int)parent].Key <= h.Items[(int)i].Key) break;
            (h.Items[(int)parent], h.Items[(int)i]) = (h.Items[(int)i], h.Items[(int)parent]);
            i = parent;
        }
        return true;
    }
    [Xdp(OnFault = 50)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 0;
        ref Heap h = ref Heaps.Find(0, out bool ok);
        if (!ok) return 1;
        bool pushed = Push(ref h, new Item { Key = a & 0xfff, Value = b });
        return (pushed ? 100u : 200u) + h.Items[0].Key + h.Count;
    }
}

//// consistent hashing over a table of backends
[BpfObject]
public static class P
{
    public record struct Backend(uint Address, ushort Port, ushort Weight);
    static readonly ArrayMap<Backend> Backends = new(8);
    static readonly ArrayMap<uint> Ring = new(64);
    static uint Jenkins(uint a, uint b, uint c)
    {
        a -= c; a ^= BitOperations.RotateLeft(c, 4); c += b;
        b -= a; b ^= BitOperations.RotateLeft(a, 6); a += c;
        c -= b; c ^= BitOperations.RotateLeft(b, 8); b += a;
        return c;
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || !p.TryRead(out IPv4Header ip) || !p.TryRead(out PortsHeader ports)) return 0;
        uint h = Jenkins(ip.Source, ip.Destination, ((uint)ports.Source << 16) | ports.Destination);
        Ring.Set(h & 63, h % 8);
        if (!Ring.TryGetValue(h % 64, out uint index)) return 1;
        Backends.Set(index, new Backend(h, (ushort)(h >> 16), 5));
        ref Backend b = ref Backends.Find(index, out bool ok);
        if (!ok) return 2;
        b.Weight += 2;
        return b.Address ^ b.Port ^ b.Weight ^ (uint)eth.Type;
    }
}

//// ipv6 with extension headers in a bounded walk
[BpfObject]
public static class P
{
    struct Extension { public byte Next, Length; public ushort Rest; public uint More; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv6 || !p.TryRead(out IPv6Header ip)) return 0;
        byte next = (byte)ip.NextHeader;
        uint skipped = 0;
        for (int i = 0; i < 6; i++)
        {
            if (next is not (0 or 43 or 44 or 60)) break;
            if (!p.TryRead(out Extension e)) return 1;
            uint more = next == 44 ? 0 : (uint)e.Length * 8;
            if (!p.TrySkip(more & 0xff)) return 2;
            next = e.Next;
            skipped += 8 + more;
        }
        IPv6Address s = ip.Source;
        return next + skipped * 256 + (s == ip.Destination ? 1u << 30 : 0) + (uint)s.Low;
    }
}

//// arp replies made in place
[BpfObject]
public static class P
{
    static readonly Const<uint> Mine = new(0x01020304);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ref EthernetHeader eth = ref p.Take<EthernetHeader>(out bool ok);
        if (!ok || eth.Type is not (EtherType.Arp or EtherType.None)) return XdpAction.Pass;
        ref ArpHeader arp = ref p.Take<ArpHeader>(out ok);
        if (!ok) return XdpAction.Pass;
        (arp.TargetHardware, arp.SenderHardware) = (arp.SenderHardware, new MacAddress(0x020000000001));
        (arp.TargetAddress, arp.SenderAddress) = (arp.SenderAddress, arp.TargetAddress);
        arp.Operation = 2;
        eth.Destination = eth.Source;
        eth.Source = arp.SenderHardware;
        return arp.SenderAddress == Mine ? XdpAction.Drop : XdpAction.Tx;
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

//// explicit layouts, packed structs and big-endian fields
[BpfObject]
public static class P
{
    [StructLayout(LayoutKind.Sequential, Pack = 1)] public struct Odd { public byte Kind; public uint Id; public ushort Flags; public ulong Stamp; }
    [StructLayout(LayoutKind.Explicit, Size = 12)] public struct View { [FieldOffset(0)] public ulong Whole; [FieldOffset(2)] public uint Middle; [FieldOffset(8)] public byte Last; }
    static readonly HashMap<Odd, View> M = new(16);
    static ushort Be(ushort x) => BinaryPrimitives.ReverseEndianness(x);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Odd o)) return 0;
        View v = default;
        v.Whole = o.Stamp;
        v.Middle ^= o.Id;
        v.Last = o.Kind;
        o.Flags = Be(o.Flags);
        M.Set(o, v);
        if (!M.TryGetValue(o, out View w)) return 1;
        return (uint)w.Whole + w.Middle + w.Last + o.Flags;
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

//// events of several kinds in one ring
[BpfObject]
public static class P
{
    enum Kind : ushort { Open = 1, Data, Close }
    struct Header { public Kind Kind; public ushort Length; public uint Flow; }
    struct Data { public Header Header; public ulong Bytes; public Body Body; }
    [InlineArray(20)] struct Body { byte _b; }
    static readonly RingBuffer<Data> Ring = new(1 << 14);
    static readonly ArrayMap<ulong> Lost = new(4);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryPeek(out Body body)) return 0;
        if (!p.TryRead(out uint flow)) return 1;
        if (!Ring.TryReserve(out RingRecord<Data> r)) { ref ulong l = ref Lost.Find(flow & 3, out bool ok); if (ok) l++; return 7; }
        r.Value.Header = new Header { Kind = (flow & 1) != 0 ? Kind.Open : Kind.Data, Length = (ushort)p.Remaining, Flow = flow };
        r.Value.Bytes = p.Remaining;
        r.Value.Body = body;
        uint first = r.Value.Body[0];
        if ((flow & 2) != 0) { r.Discard(); return first; }
        r.Submit();
        return first + 1000;
    }
}

//// per-cpu values, hash of per-cpu and lru
[BpfObject]
public static class P
{
    struct Stats { public ulong Packets, Bytes; public uint Last; }
    static readonly PerCpuHashMap<byte, Stats> Per = new(16);
    static readonly LruPerCpuHashMap<uint, uint> Recent = new(64);
    static readonly PerCpuArray<Stats> All = new(2);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte kind) || !p.TryRead(out uint a)) return 0;
        ref Stats s = ref Per.FindOrAdd((byte)(kind & 7), default, out bool ok);
        if (!ok) return 1;
        s.Packets++;
        s.Bytes += ctx.Length;
        s.Last = a;
        ref Stats t = ref All.Find(kind & 1u, out ok);
        if (ok) { t = s; t.Packets += 10; }
        return s.Last == a && Recent.TryAdd(a, 1) | Recent.TryReplace(a, 2) ? 2u : 3u;
    }
}

//// an interpreter of small programs
[BpfObject]
public static class P
{
    enum Op : byte { Load, Add, Sub, Mul, Shift, Jump, Store, End }
    [Xdp(OnFault = 123)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        Span<uint> registers = stackalloc uint[4];
        registers.Clear();
        for (int step = 0; step < 10; step++)
        {
            if (!p.TryRead(out byte code) || !p.TryRead(out byte operand)) return 9;
            ref uint target = ref registers[operand & 3];
            uint source = registers[(operand >> 2) & 3];
            switch ((Op)(code & 7))
            {
                case Op.Load: target = operand; break;
                case Op.Add: target += source; break;
                case Op.Sub: target -= source; break;
                case Op.Mul: target *= source | 1; break;
                case Op.Shift: target <<= (int)(source & 7); break;
                case Op.Jump: if (target != 0 && !p.TrySkip(2)) return 8; break;
                case Op.Store: registers[(operand >> 4) & 3] = source; break;
                case Op.End: return registers[0] ^ registers[1];
            }
        }
        return registers[2] + registers[3];
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

//// span parameters, out of subprograms and of memory of maps
[BpfObject]
public static class P
{
    struct Blob { public ulong A, B, C, D; }
    static readonly ArrayMap<Blob> Blobs = new(2);
    [MethodImpl(MethodImplOptions.NoInlining)]
    static uint Adler(ref Blob b) { uint x = 1, y = 0; foreach (byte c in MemoryMarshal.AsBytes(new Span<Blob>(ref b))) { x = (x + c) % 65521; y = (y + x) % 65521; } return y << 16 | x; }
    static void Xor(Span<ulong> s, ulong k) { for (int i = 0; i < s.Length; i++) s[i] ^= k; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a)) return 0;
        ref Blob b = ref Blobs.Find((uint)a & 1, out bool ok);
        if (!ok) return 1;
        Xor(MemoryMarshal.Cast<Blob, ulong>(new Span<Blob>(ref b)), a);
        MemoryMarshal.AsBytes(new Span<Blob>(ref b))[3..6].Clear();
        return Adler(ref b);
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

//// wire protocol of variable length
[BpfObject]
public static class P
{
    ref struct Reader(Packet packet)
    {
        Packet _packet = packet;
        public bool Failed { get; private set; }
        public byte Byte() { if (_packet.TryRead(out byte b)) return b; Failed = true; return 0; }
        public uint Varint()
        {
            uint value = 0;
            for (int shift = 0; shift < 35; shift += 7)
            {
                byte b = Byte();
                value |= (uint)(b & 0x7f) << shift;
                if ((b & 0x80) == 0) return value;
            }
            Failed = true;
            return 0;
        }
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        Reader r = new(ctx.Packet);
        uint kind = r.Varint();
        uint length = r.Varint();
        byte flags = r.Byte();
        return r.Failed ? 7 : kind * 31 + length * 7 + flags;
    }
}
