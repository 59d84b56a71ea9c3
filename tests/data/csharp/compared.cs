// Programs run as plain C#, in process and in the kernel, with equal results; "//// name" begins each.
//// synproxy-like parse options
public enum OptionKind : byte { End, Nop, Mss, WindowScale, SackOk, Sack, Time = 8 }
public struct Options { public ushort Mss; public byte Scale; public bool Sack; public uint Time; }
[BpfObject]
public static class P
{
    public static readonly PerCpuArray<ulong> Stats = new(8);
    static bool Parse(ref Packet p, int bytes, out Options o)
    {
        o = default;
        for (int i = 0; i < 6 && bytes > 0; i++)
        {
            if (!p.TryRead(out OptionKind kind)) return false;
            bytes--;
            if (kind == OptionKind.End) return true;
            if (kind == OptionKind.Nop) continue;
            if (!p.TryRead(out byte len)) return false;
            bytes--;
            if (len < 2) return false;
            switch (kind)
            {
                case OptionKind.Mss: if (!p.TryRead(out ushort mss)) return false; o.Mss = BinaryPrimitives.ReverseEndianness(mss); break;
                case OptionKind.WindowScale: if (!p.TryRead(out byte s)) return false; o.Scale = s; break;
                case OptionKind.SackOk: o.Sack = true; break;
                default: if (!p.TrySkip((uint)(len - 2))) return false; break;
            }
            bytes -= len - 2;
        }
        return true;
    }
    [Xdp(OnFault = XdpAction.Drop)]
    public static XdpAction Filter(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!p.TryRead(out IPv4Header ip) || ip.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        if (!p.TryRead(out TcpHeader tcp)) return XdpAction.Drop;
        if (!Parse(ref p, tcp.HeaderBytes > 20 ? (int)tcp.HeaderBytes - 20 : 0, out Options o)) return XdpAction.Drop;
        ref ulong n = ref Stats.Find(o.Sack ? 1u : 0u, out bool ok);
        if (ok) n += o.Mss;
        return o.Scale > 5 ? XdpAction.Tx : XdpAction.Pass;
    }
}

//// vlan stack with nested switch and goto
[BpfObject]
public static class P
{
    public record struct Tag(ushort Id, byte Priority);
    [InlineArray(4)] public struct Tags { Tag _t; }
    static int Depth(ref Packet p, ref EtherType type, ref Tags tags)
    {
        int n = 0;
        while (n < 4 && type is EtherType.Vlan or EtherType.ServiceVlan)
        {
            if (n >= 4) break;
            if (!p.TryRead(out VlanHeader v)) return -1;
            tags[n++] = new Tag((ushort)v.Id, 0);
            type = v.Type;
        }
        return n;
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth)) return 1;
        Tags tags = default; EtherType t = eth.Type;
        int d = Depth(ref p, ref t, ref tags);
        if (d < 0) return 0;
        uint sum = 0;
        foreach (Tag x in tags) sum = sum * 7 + x.Id;
        return sum + (uint)d * 1000;
    }
}

//// token bucket with spin lock and clock param
[BpfObject]
public static class P
{
    public struct Bucket { public BpfSpinLock Lock; public long Tokens; public ulong Last; }
    public static readonly HashMap<uint, Bucket> Buckets = new(1024);
    public static readonly Const<long> Burst = new(3);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!p.TryRead(out IPv4Header ip)) return XdpAction.Pass;
        ref Bucket b = ref Buckets.FindOrAdd(ip.Source, new Bucket { Tokens = Burst }, out bool ok);
        if (!ok) return XdpAction.Aborted;
        bool pass = false;
        using (BpfSpinLock.Enter(ref b.Lock))
        {
            if (b.Tokens > 0) { b.Tokens--; pass = true; }
        }
        return pass ? XdpAction.Pass : XdpAction.Drop;
    }
}

//// generics with static abstract protocol parsers
interface IParser<TSelf> where TSelf : unmanaged, IParser<TSelf> { static abstract int Next(in TSelf h); static abstract uint Fold(in TSelf h); }
struct Eth : IParser<Eth> { public ulong A; public uint B; public ushort T; public static int Next(in Eth h) => BinaryPrimitives.ReverseEndianness(h.T); public static uint Fold(in Eth h) => (uint)h.A ^ h.B; }
struct Ip : IParser<Ip> { public byte V, Tos; public ushort Len; public uint X; public byte Ttl, Proto; public ushort C; public uint S, D; public static int Next(in Ip h) => h.Proto; public static uint Fold(in Ip h) => h.S + h.D * 3; }
[BpfObject]
public static class P
{
    static bool Step<T>(ref Packet p, ref uint hash, out int next) where T : unmanaged, IParser<T>
    {
        if (!p.TryRead(out T h)) { next = -1; return false; }
        hash = BitOperations.RotateLeft(hash, 5) ^ T.Fold(in h);
        next = T.Next(in h);
        return true;
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet; uint hash = 17;
        if (!Step<Eth>(ref p, ref hash, out int next)) return 0;
        if (next == 0x800 && Step<Ip>(ref p, ref hash, out next)) return hash + (uint)next;
        return hash;
    }
}

//// tuples, deconstruction, local functions, pattern matching on tuples
[BpfObject]
public static class P
{
    readonly record struct Key(uint A, ushort B, byte C) { public Key Reverse() => new(A >> 3, (ushort)(B ^ 0xff), C); public static Key operator +(Key a, Key b) => new(a.A + b.A, (ushort)(a.B + b.B), (byte)(a.C + b.C)); }
    static readonly HashMap<Key, long> M = new(32);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out ushort b) || !p.TryRead(out byte c)) return 9;
        var (lo, hi) = Split(a);
        static (ushort, ushort) Split(uint x) => ((ushort)x, (ushort)(x >> 16));
        Key k = new(lo, hi, (byte)(c & 3));
        k += new Key(1, 2, 3);
        var r = k.Reverse();
        if (M.TryGetValue(r, out long v)) M.Set(r, v + lo); else M.Set(r, 1);
        return (lo > hi, c) switch { (true, < 10) => 1u, (true, _) => 2u, (false, > 200) => 3u, _ => (uint)v };
    }
}

//// histogram by log2 with Interlocked and inline array in a map value
[BpfObject]
public static class P
{
    [InlineArray(32)] public struct Slots { ulong _e; }
    public struct Hist { public Slots Slots; public ulong Count, Max; }
    public static readonly ArrayMap<Hist> H = new(2);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        ref Hist h = ref H.Find(ctx.Length > 70 ? 1u : 0u, out bool ok);
        if (!ok) return 0;
        var p = ctx.Packet;
        if (!p.TryRead(out uint v)) return 1;
        int slot = Math.Min(BitOperations.Log2(v), 31);
        Interlocked.Increment(ref h.Slots[slot]);
        Interlocked.Increment(ref h.Count);
        h.Max = Math.Max(h.Max, v);
        return (uint)slot + (uint)h.Count;
    }
}

//// ring reservation with early discard
[BpfObject]
public static class P
{
    public struct Ev { public uint A; public byte B; public ulong C; }
    public static readonly RingBuffer<Ev> R = new(4096);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        if (!R.TryReserve(out RingRecord<Ev> r)) return XdpAction.Aborted;
        var p = ctx.Packet;
        if (!p.TryRead(out uint a)) { r.Discard(); return XdpAction.Drop; }
        ref Ev e = ref r.Value;
        e = default;
        e.A = a; e.B = (byte)(a >> 3);
        if ((a & 1) != 0) { r.Discard(); return XdpAction.Pass; }
        e.C = ctx.Length;
        r.Submit();
        return XdpAction.Tx;
    }
}

//// lpm trie and bloom filter and queue
[BpfObject]
public static class P
{
    public static readonly LpmTrie<IPv4Prefix, uint> Routes = new(128);
    public static readonly BloomFilter<uint> Seen = new(1000);
    public static readonly QueueMap<ulong> Q = new(16);
    public static readonly StackMap<(uint, uint)> S = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader e) || !p.TryRead(out IPv4Header ip)) return 1;
        uint n = 0;
        if (Routes.TryGetValue(new IPv4Prefix(ip.Source), out uint hop)) n += hop;
        if (Q.TryPush(ip.Source)) n += 4;
        if (Q.TryPeek(out ulong head)) n += (uint)head;
        if (Q.TryPop(out ulong first)) n ^= (uint)first;
        S.PushOver((n, 5));
        if (S.TryPop(out var t)) n += t.Item1 * t.Item2;
        return n;
    }
}

//// foreach over map with state and key sum
[BpfObject]
public static class P
{
    public struct Acc { public ulong Sum; public uint N; }
    public static readonly HashMap<uint, ulong> M = new(64);
    static bool Visit(in uint key, ref ulong value, ref Acc a) { a.Sum += key * value; a.N++; value++; return true; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        for (uint i = 0; i < 5; i++) if (p.TryRead(out ushort w)) M.Set(w & 15u, i);
        Acc a = default;
        long n = M.ForEach(Visit, ref a);
        return (uint)a.Sum + a.N * 100 + (uint)n;
    }
}

//// bpf_loop with pointer state and packet hash
[BpfObject]
public static unsafe class P
{
    struct State { public uint Hash; public uint Seed; public int Left; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        State s = new() { Seed = ctx.Length, Left = 7 };
        Bpf.Loop(100, static (i, ref s) => { s.Hash = BitOperations.RotateLeft(s.Hash, 3) + i * s.Seed; return --s.Left > 0; }, ref s);
        return s.Hash;
    }
}

//// globals of many shapes
public struct Config { public uint Limit; public byte Mode; public ulong Mask; }
[BpfObject]
public static class P
{
    static readonly uint[] s_table = [1, 10, 100, 1000, 10000];
    static readonly Config s_default = new() { Limit = 10, Mode = 3, Mask = 0xffff_0000_ffff_0000 };
    static Config s_current = new() { Limit = 5 };
    static int s_counter = -3; static long s_wide; static byte s_small = 250; static bool s_flag = true; static short s_short = -2;
    [InlineArray(8)] struct Ring { uint _u; }
    static Ring s_ring;
    public static readonly Const<ushort> Port = new(8080);
    static ReadOnlySpan<byte> Magic => "BPFSHARP"u8;
    static ReadOnlySpan<long> Wide => [1, -1, long.MaxValue];
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint v) || !p.TryRead(out ushort port)) return 0;
        s_counter++; s_wide += s_counter; s_small += 3; s_short--;
        s_ring[(int)(v & 7)] += v;
        s_flag = !s_flag;
        uint i = v % 5;
        if (port == Port) return 7;
        return s_table[i] + s_default.Limit + s_current.Limit++ + (uint)s_wide + s_small + (s_flag ? 1u : 0u) + (uint)s_short + s_ring[3] + Magic[(int)(v & 7)] + (uint)Wide[(int)(v % 3)] + (uint)(s_default.Mask >> 20);
    }
}

//// NoInlining deep and struct results
[BpfObject]
public static class P
{
    public struct Four { public ulong A, B; public uint C; public byte D; }
    [MethodImpl(MethodImplOptions.NoInlining)] static Four Make(ulong a, uint c) => new() { A = a, B = a * 3, C = c, D = (byte)c };
    [MethodImpl(MethodImplOptions.NoInlining)] static ulong Sum(in Four f, int n) { ulong s = 0; for (int i = 0; i < n && i < 8; i++) s += f.A ^ f.B ^ (f.C << i) ^ f.D; return s; }
    [MethodImpl(MethodImplOptions.NoInlining)] static void Bump(ref Four f, out bool odd) { f.A++; f.D ^= 0x55; odd = (f.A & 1) != 0; }
    [MethodImpl(MethodImplOptions.NoInlining)] static bool Even(uint x) => x % 2 == 0;
    [MethodImpl(MethodImplOptions.NoInlining)] static sbyte Neg(byte b) => (sbyte)-b;
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out uint c)) return 0;
        Four f = Make(a, c);
        ulong s = Sum(in f, 3);
        Bump(ref f, out bool odd);
        s += Sum(f, (int)(c & 3));
        return (uint)s + (odd ? 1u : 0u) + (Even(c) ? 10u : 20u) + (uint)Neg(f.D);
    }
}

//// global functions
[BpfObject]
public static class P
{
    [GlobalFunction, MethodImpl(MethodImplOptions.NoInlining)] public static int Classify(uint proto, uint port) => proto == 6 ? port < 1024 ? 1 : 2 : proto == 17 ? 3 : 0;
    [GlobalFunction, MethodImpl(MethodImplOptions.NoInlining)] public static uint Mix(uint a, uint b, ulong c) => (uint)(a * c) ^ BitOperations.RotateRight(b, 7);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 5;
        return (uint)Classify(a & 31, b & 0xffff) + Mix(a, b, 77);
    }
}

//// global function taking context
[BpfObject]
public static class P
{
    [GlobalFunction, MethodImpl(MethodImplOptions.NoInlining)] public static uint Len(XdpContext ctx) => ctx.Length * 2;
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool Tcp(XdpContext ctx, out ushort port)
    {
        port = 0;
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader e) || !p.TryRead(out IPv4Header ip) || !p.TryRead(out PortsHeader h)) return false;
        port = h.Destination;
        return ip.Protocol == IPProtocol.Tcp;
    }
    [Xdp] public static uint Main(XdpContext ctx) => Tcp(ctx, out ushort port) ? port : Len(ctx);
}

//// checked and conversions
[BpfObject]
public static class P
{
    [Xdp(OnFault = 123u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int a) || !p.TryRead(out uint b) || !p.TryRead(out long c) || !p.TryRead(out ulong d)) return 0;
        checked
        {
            int x = a + 5;
            uint y = b - 7;
            long z = c * 3;
            ulong w = d + (ulong)y;
            short s = (short)(x >> 16);
            byte t = (byte)(y & 0xff);
            nuint q = (nuint)w;
            int neg = -x;
            uint u = (uint)(z >> 40 & 0x7fff);
            return (uint)(s + t) ^ (uint)(q >> 40) ^ (uint)unchecked((int)neg) ^ u;
        }
    }
}

//// throw with fault in helper functions
[BpfObject]
public static class P
{
    static uint Need(uint v) => v > 3 ? v : throw new ArgumentOutOfRangeException(nameof(v));
    static void Guard(bool ok) { if (!ok) throw new InvalidOperationException(); }
    [Xdp(OnFault = XdpAction.Tx)]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a)) return XdpAction.Pass;
        Guard(a != 17);
        uint n = Need(a);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, 200u);
        return n / (uint)(a - 9 == 0 ? 0 : 1) > 100 ? XdpAction.Drop : XdpAction.Pass;
    }
}

//// span functions
[BpfObject]
public static class P
{
    static int IndexOf(ReadOnlySpan<byte> s, byte v) { for (int i = 0; i < s.Length; i++) if (s[i] == v) return i; return -1; }
    static void Reverse(Span<byte> s) { for (int i = 0, j = s.Length - 1; i < j; i++, j--) (s[i], s[j]) = (s[j], s[i]); }
    [Xdp(OnFault = 99u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong v)) return 0;
        Span<byte> b = stackalloc byte[16];
        b.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(b, v);
        b[8..12].Fill(0x5a);
        Reverse(b[..8]);
        b.Slice(0, 4).CopyTo(b[12..]);
        int at = IndexOf(b, 0x5a);
        ReadOnlySpan<byte> r = b;
        uint sum = 0;
        foreach (ref readonly byte x in r[2..14]) sum = sum * 33 + x;
        return sum + (uint)at + (b.SequenceEqual(r) ? 1u : 0u) + (r.IsEmpty ? 5u : 0u) + MemoryMarshal.Cast<byte, ushort>(b)[3] + MemoryMarshal.Read<uint>(r[4..]);
    }
}

//// unsafe pointers and fixed buffers
[BpfObject]
public static unsafe class P
{
    public struct Buf { public fixed byte Data[20]; public ushort Len; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Buf b)) return 0;
        uint* w = (uint*)b.Data;
        uint s = w[0] + w[1];
        byte* q = b.Data + 3;
        s += *q++; s += *q; s ^= q[-2];
        long diff = q - b.Data;
        int* local = stackalloc int[4] { 1, 2, 3, 4 };
        for (int i = 0; i < 4; i++) s += (uint)local[i] * b.Len;
        ulong u = *(ulong*)(b.Data + 8);
        Buf copy = b; copy.Data[1] = 7;
        return s + (uint)diff + (uint)(u >> 32) + copy.Data[1] + b.Data[1];
    }
}

//// explicit layout union
[StructLayout(LayoutKind.Explicit)] public struct U { [FieldOffset(0)] public ulong All; [FieldOffset(0)] public uint Low; [FieldOffset(4)] public ushort Hi1; [FieldOffset(6)] public byte B6; [FieldOffset(7)] public byte B7; }
[StructLayout(LayoutKind.Sequential, Pack = 1)] public struct Packed { public byte A; public uint B; public ushort C; public ulong D; }
[BpfObject]
public static class P
{
    public static readonly HashMap<Packed, U> M = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Packed k)) return 0;
        U u = new() { All = k.D }; u.B6 ^= 0xff; u.Low++;
        M.Set(k, u);
        ref U f = ref M.Find(k, out bool ok);
        if (!ok) return 1;
        f.Hi1 += 5;
        M.TryGetValue(k, out U g);
        return (uint)g.All ^ (uint)(g.All >> 32) ^ k.B ^ k.C;
    }
}

//// records equality
[BpfObject]
public static class P
{
    public record struct Addr(uint Hi, uint Lo);
    public readonly record struct Flow(Addr Src, Addr Dst, ushort Port, bool V6, Kind Kind);
    public enum Kind : byte { A, B }
    public struct Plain : IEquatable<Plain> { public int X; public readonly bool Equals(Plain o) => X == o.X; public static bool operator ==(Plain a, Plain b) => a.Equals(b); public static bool operator !=(Plain a, Plain b) => !(a == b); public override readonly bool Equals(object? o) => false; public override readonly int GetHashCode() => X; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out uint b)) return 0;
        Flow f = new(new((uint)a & 1, 2), new(3, b & 1), (ushort)(b & 3), (b & 4) != 0, (Kind)(b >> 31));
        Flow g = new(new((uint)(a >> 32) & 1, 2), new(3, 1), 2, true, Kind.B);
        Plain x = new() { X = (int)(b & 1) }, y = new() { X = 1 };
        return (f == g ? 1u : 0u) + (f.Src == g.Src ? 2u : 0u) + (f != g ? 4u : 0u) + (f.Dst.Equals(g.Dst) ? 8u : 0u) + (x == y ? 16u : 0u) + ((f.Port, f.V6) == (g.Port, g.V6) ? 32u : 0);
    }
}

//// conntrack-like state machine
public enum State : byte { None, SynSent, Established, Closed }
[BpfObject]
public static class P
{
    public record struct Key(uint A, uint B, ushort PA, ushort PB) { public readonly Key Flip() => new(B, A, PB, PA); }
    public struct Conn { public State State; public byte Dir; public uint Packets; public ulong Bytes; }
    public static readonly LruHashMap<Key, Conn> Conns = new(4096);
    static State Next(State s, TcpFlags f) => (s, f) switch
    {
        (State.None, TcpFlags.Syn) => State.SynSent,
        (State.SynSent, _) when (f & TcpFlags.Ack) != 0 => State.Established,
        (_, _) when (f & (TcpFlags.Fin | TcpFlags.Rst)) != 0 => State.Closed,
        _ => s,
    };
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader e) || e.Type != EtherType.IPv4 || !p.TryRead(out IPv4Header ip) || ip.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        if (!p.TryRead(out TcpHeader tcp)) return XdpAction.Drop;
        Key k = new(ip.Source, ip.Destination, tcp.Source, tcp.Destination);
        byte dir = 0;
        if (k.A > k.B || (k.A == k.B && k.PA > k.PB)) { k = k.Flip(); dir = 1; }
        ref Conn c = ref Conns.Find(k, out bool found);
        if (!found)
        {
            if ((tcp.Flags & TcpFlags.Syn) == 0) return XdpAction.Drop;
            Conns.TryAdd(k, new Conn { Dir = dir, State = State.SynSent, Packets = 1 });
            return XdpAction.Pass;
        }
        c.State = Next(c.State, tcp.Flags);
        c.Packets++; c.Bytes += ip.TotalLength;
        if (c.State == State.Closed) Conns.Remove(k);
        return c.State == State.Established ? XdpAction.Tx : XdpAction.Pass;
    }
}

//// checksum update NAT with take refs
[BpfObject]
public static class P
{
    public static readonly Const<uint> NewDst = new(0x0a000001);
    static ushort Fold(uint s) { s = (s & 0xffff) + (s >> 16); s = (s & 0xffff) + (s >> 16); return (ushort)s; }
    static void Replace(ref ushort sum, uint from, uint to)
    {
        uint s = (ushort)~BinaryPrimitives.ReverseEndianness(sum);
        s += (~from & 0xffff) + (~from >> 16) + (to & 0xffff) + (to >> 16);
        sum = BinaryPrimitives.ReverseEndianness((ushort)~Fold(s));
    }
    [StructLayout(LayoutKind.Sequential, Pack = 1)] struct Raw { public byte V, T; public ushort L, I, F; public byte Ttl, P; public ushort Sum; public uint S, D; }
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ref EthernetHeader e = ref p.Take<EthernetHeader>(out bool ok);
        if (!ok || e.Type != EtherType.IPv4) return XdpAction.Pass;
        ref Raw ip = ref p.Take<Raw>(out ok);
        if (!ok) return XdpAction.Drop;
        uint old = BinaryPrimitives.ReverseEndianness(ip.D);
        Replace(ref ip.Sum, old, NewDst);
        ip.D = BinaryPrimitives.ReverseEndianness(NewDst.Value);
        (e.Source, e.Destination) = (e.Destination, e.Source);
        return XdpAction.Tx;
    }
}

//// dns qname parse
[BpfObject]
public static class P
{
    [InlineArray(32)] public struct Name { byte _b; }
    public struct Key { public Name Name; public byte Len; }
    public static readonly HashMap<Key, uint> Blocked = new(16);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TrySkip(54)) return 1;
        Key k = default;
        int n = 0;
        for (int i = 0; i < 32; i++)
        {
            if (!p.TryRead(out byte c)) return 2;
            if (c == 0) break;
            if (c is >= (byte)'A' and <= (byte)'Z') c += 32;
            k.Name[i] = c; n = i + 1;
        }
        k.Len = (byte)n;
        if (Blocked.TryGetValue(k, out uint hits)) { Blocked.Set(k, hits + 1); return hits; }
        Blocked.Set(k, 1);
        return 100 + (uint)n;
    }
}

//// siphash-like with ulong mixing
[BpfObject]
public static class P
{
    static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1; v1 = BitOperations.RotateLeft(v1, 13); v1 ^= v0; v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3; v3 = BitOperations.RotateLeft(v3, 16); v3 ^= v2;
        v0 += v3; v3 = BitOperations.RotateLeft(v3, 21); v3 ^= v0;
        v2 += v1; v1 = BitOperations.RotateLeft(v1, 17); v1 ^= v2; v2 = BitOperations.RotateLeft(v2, 32);
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        ulong v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d, v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;
        for (int i = 0; i < 4; i++)
        {
            if (!p.TryRead(out ulong m)) break;
            v3 ^= m; Round(ref v0, ref v1, ref v2, ref v3); Round(ref v0, ref v1, ref v2, ref v3); v0 ^= m;
        }
        v2 ^= 0xff;
        for (int i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return (uint)(v0 ^ v1 ^ v2 ^ v3);
    }
}

//// murmur/jhash with spans and switch fallthrough
[BpfObject]
public static class P
{
    static uint Murmur(ReadOnlySpan<byte> data, uint seed)
    {
        uint h = seed;
        int i = 0;
        for (; i + 4 <= data.Length; i += 4)
        {
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(data[i..]);
            k *= 0xcc9e2d51; k = BitOperations.RotateLeft(k, 15); k *= 0x1b873593;
            h ^= k; h = BitOperations.RotateLeft(h, 13); h = h * 5 + 0xe6546b64;
        }
        uint t = 0;
        switch (data.Length & 3)
        {
            case 3: t ^= (uint)data[i + 2] << 16; goto case 2;
            case 2: t ^= (uint)data[i + 1] << 8; goto case 1;
            case 1: t ^= data[i]; t *= 0xcc9e2d51; h ^= t; break;
        }
        h ^= (uint)data.Length; h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13;
        return h;
    }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        Span<byte> key = stackalloc byte[13];
        if (!p.TryRead(out ulong a) || !p.TryRead(out uint b) || !p.TryRead(out byte c)) return 0;
        MemoryMarshal.Write(key, a); BinaryPrimitives.WriteUInt32BigEndian(key[8..], b); key[12] = c;
        return Murmur(key, 42);
    }
}

//// while with MayContinue and pointers walk
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint x)) return 0;
        uint n = 0; x |= 1;
        while (x > 1 && Bpf.MayContinue()) { x = (x & 1) == 0 ? x >> 1 : x - 3; n ^= x; }
        return n;
    }
}

//// nullable, ternary chains, null coalescing
[BpfObject]
public static class P
{
    static int? Find(uint v) => v switch { < 10 => null, < 100 => (int)v, _ => -1 };
    static (bool Ok, ushort Port)? Parse(uint v) => (v & 1) == 0 ? null : (true, (ushort)v);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte x) || !p.TryRead(out uint y)) return 0;
        int? a = Find(x); int b = a ?? 7; if (a.HasValue) b += a.Value * 2;
        var q = Parse(y);
        uint r = q is { Ok: true, Port: > 100 } z ? z.Port : q?.Port ?? 3u;
        b += a is > 50 ? 1 : a == null ? 2 : 3;
        return (uint)b + r;
    }
}

//// static virtual generic map policy + const generics
interface IPolicy { static abstract XdpAction Decide(uint src, ushort port); static virtual uint Weight => 3; }
struct Strict : IPolicy { public static XdpAction Decide(uint src, ushort port) => port < 1024 ? XdpAction.Drop : XdpAction.Pass; public static uint Weight => 9; }
struct Loose : IPolicy { public static XdpAction Decide(uint src, ushort port) => src == 0 ? XdpAction.Drop : XdpAction.Pass; }
[BpfObject]
public static class P
{
    public static readonly ArrayMap<ulong> Counts = new(16);
    static XdpAction Apply<TP>(uint src, ushort port) where TP : struct, IPolicy
    {
        var d = TP.Decide(src, port);
        ref ulong c = ref Counts.Find((uint)d, out bool ok);
        if (ok) c += TP.Weight;
        return d;
    }
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint s) || !p.TryRead(out ushort port)) return XdpAction.Aborted;
        return (s & 1) == 0 ? Apply<Strict>(s, port) : Apply<Loose>(s >> 20, port);
    }
}

//// function pointers table-like select and delegates
[BpfObject]
public static unsafe class P
{
    static uint Add(uint a, uint b) => a + b; static uint Mul(uint a, uint b) => a * b;
    static uint Twice(delegate*<uint, uint, uint> f, uint a, uint b) => f(f(a, b), b);
    static uint Fold(Func<uint, uint, uint> f, uint a) { uint r = 1; for (uint i = 1; i < 4; i++) r = f(r, a + i); return r; }
    static bool Round(uint i, ref ulong s) { s = s * 31 + i; return s < 1000000; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint a) || !p.TryRead(out uint b)) return 0;
        ulong s = a & 0xff;
        Bpf.Loop(b & 15, Round, ref s);
        return Twice(&Add, a, b) + Twice(&Mul, a, b) + Fold(static (x, y) => x ^ (y << 3), a) + Fold(Add, b) + (uint)s;
    }
}

//// nested loops matrix, ref locals, ref returns, out params, params by in
[BpfObject]
public static class P
{
    [InlineArray(9)] struct M3 { int _m; }
    static ref int At(ref M3 m, int r, int c) => ref m[r * 3 + c];
    static void Mul(in M3 a, in M3 b, out M3 r) { r = default; for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) { int s = 0; for (int k = 0; k < 3; k++) s += a[i * 3 + k] * b[k * 3 + j]; At(ref r, i, j) = s; } }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        M3 a = default, b = default;
        for (int i = 0; i < 9; i++) { if (!p.TryRead(out byte v)) return 0; a[i] = v; b[8 - i] = v - 3; }
        Mul(in a, in b, out M3 r);
        ref int mid = ref At(ref r, 1, 1); mid += 5;
        int t = 0; foreach (int x in r) t = t * 17 + x;
        return (uint)t;
    }
}

//// char, bool math, shifts compound, sbyte, nint
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out sbyte a) || !p.TryRead(out short b) || !p.TryRead(out int c) || !p.TryRead(out long d) || !p.TryRead(out byte e)) return 0;
        char ch = (char)b; ch++; nint n = c; n <<= 3; nuint u = (nuint)(ulong)d; u >>= 5;
        a -= 3; a <<= 1; b >>= 2; c >>>= 3; d >>>= a & 63; e = (byte)~e; e ^= (byte)(c >> 8);
        bool x = a < b, y = c > 0; x |= y; x ^= d < 0; y &= !x;
        ulong m = (ulong)(uint)c * (ulong)d; long q = Math.Abs(d >> 1) % 1000;
        return (uint)(a + b + c + ch + (int)n + (x ? 1 : 0) + (y ? 2 : 0)) ^ (uint)u ^ (uint)d ^ e ^ (uint)m ^ (uint)q ^ (uint)Math.Sign(c) ^ (uint)Math.DivRem(c, 7).Remainder ^ (uint)BitOperations.PopCount(m) ^ (BitOperations.IsPow2(c & 0xff) ? 1u : 0) ^ (uint)int.LeadingZeroCount(c) ^ (uint)Math.Max(a, e) ^ (uint)long.Sign(d) ^ BitOperations.RoundUpToPowerOf2((uint)e) ^ (uint)uint.Min(e, 5) ^ (uint)ulong.PopCount(m) ^ (uint)int.Abs(b);
    }
}

//// guard
[BpfObject]
public static class P
{
    static void Guard(bool ok) { if (!ok) throw new InvalidOperationException(); }
    [Xdp(OnFault = 77u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a)) return 1;
        Guard(a != 17);
        return 2;
    }
}

//// need
[BpfObject]
public static class P
{
    static uint Need(uint v) => v > 3 ? v : throw new ArgumentOutOfRangeException(nameof(v));
    [Xdp(OnFault = 77u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a)) return 1;
        uint n = Need(a);
        return n;
    }
}

//// throwif
[BpfObject]
public static class P
{
    [Xdp(OnFault = 77u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a)) return 1;
        uint n = a;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, 200u);
        ArgumentOutOfRangeException.ThrowIfZero(n);
        ArgumentOutOfRangeException.ThrowIfNegative((int)(sbyte)a);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 3u);
        ArgumentOutOfRangeException.ThrowIfEqual(n, 5u);
        return n;
    }
}

//// divzero
[BpfObject]
public static class P
{
    [Xdp(OnFault = 77u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a)) return 1;
        uint n = a;
        return n / (uint)(a - 9 == 0 ? 0 : 1) > 100 ? 5u : 6u;
    }
}

//// a callback that faults ends the program
[BpfObject]
public static class P
{
    static readonly HashMap<uint, ulong> M = new(64);
    static readonly ArrayMap<uint> A = new(4);
    struct Acc { public uint N, Limit; }
    [Xdp(OnFault = 77u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out byte a) || !p.TryRead(out byte b)) return 0;
        uint state = a;
        Bpf.Loop(b & 15u, static (uint i, ref uint s) => { s = checked(s * 13); return true; }, ref state);
        Acc acc = new() { Limit = b };
        Bpf.Loop(6, static (uint i, ref Acc x) => { if (x.N > x.Limit) throw new InvalidOperationException(); x.N += i; return true; }, ref acc);
        M.Set(a & 3u, b); M.Set(5, 1);
        uint sum = 0;
        M.ForEach(static (in uint key, ref ulong value, ref uint s) => { s += 100 / (uint)value; return true; }, ref sum);
        ref uint cell = ref A.Find(1, out bool ok);
        if (ok) Bpf.Loop(3, static (uint i, ref uint s) => { s += 1000 / (7 - s); return true; }, ref cell);
        return state + acc.N + sum;
    }
}

//// loop of no rounds
[BpfObject]
public static class P
{
    static bool Round(uint i, ref ulong s) { s += i; return true; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        ulong s = 4;
        Bpf.Loop(2147483648u & 31, Round, ref s);
        Bpf.Loop(ctx.Length & 3, Round, ref s);
        return (uint)s;
    }
}

//// big offsets
[InlineArray(20000)] public struct Big { byte _b; }
public struct Wrap { public Big A, A2; public uint X; public Big B; public ulong Y; }
[BpfObject]
public static class P
{
    public static readonly ArrayMap<Wrap> M = new(1);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        ref Wrap w = ref M.Find(0, out bool ok);
        if (!ok) return 0;
        w.A2[15000] = 3; w.X += 5; w.B[4000]++; w.Y += ctx.Length;
        Interlocked.Add(ref w.Y, 3);
        return w.A2[15000] + w.X + w.B[4000] + (uint)w.Y;
    }
}

//// eight levels and many args by struct
[BpfObject]
public static class P
{
    public struct Args { public uint A, B, C, D, E, F; }
    [MethodImpl(MethodImplOptions.NoInlining)] static uint Six(in Args a) => a.A + a.B * 2 + a.C * 3 + a.D * 4 + a.E * 5 + a.F * 6;
    [MethodImpl(MethodImplOptions.NoInlining)] static ulong Deep3(ulong x) => x * 3 + 1;
    [MethodImpl(MethodImplOptions.NoInlining)] static ulong Deep2(ulong x, out bool big) { big = x > 1000; return Deep3(x) ^ 5; }
    [MethodImpl(MethodImplOptions.NoInlining)] static (uint Lo, uint Hi) Split(ulong x) => ((uint)x, (uint)(x >> 32));
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out Args a)) return 0;
        ulong v = Deep2(a.A, out bool big);
        var (lo, hi) = Split(v * a.B);
        return Six(in a) + lo + hi + (big ? 1u : 0u);
    }
}

//// properties, indexers, operators, consts, static ctor order
[BpfObject]
public static class P
{
    struct Money(long units) { public readonly long Units => units; public static Money operator +(Money a, Money b) => new(a.Units + b.Units); public static bool operator <(Money a, Money b) => a.Units < b.Units; public static bool operator >(Money a, Money b) => b < a; public static implicit operator Money(int x) => new(x); public static explicit operator int(Money m) => (int)m.Units; public readonly long this[int shift] => units >> shift; }
    const int Limit = 1 << 10;
    static readonly int s_half = Limit / 2; static readonly ulong s_mask = ~0ul << 7;
    static int Calls { get; set; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out int x) || !p.TryRead(out int y)) return 0;
        Money a = x & 0xffff, b = new(y & 0xffff), c = a + b + 5;
        Calls++;
        Calls += a < b ? 2 : a > b ? 3 : 4;
        return (uint)(int)c + (uint)c[3] + (c.Units > s_half ? 1u : 0) + (uint)(s_mask & (ulong)x) + (uint)Calls;
    }
}

//// collection expressions, spans of structs, ranges, index from end, params span
[BpfObject]
public static class P
{
    readonly record struct Rule(uint Mask, uint Want, byte Verdict);
    static ReadOnlySpan<byte> Verdicts => [1, 2, 3, 4];
    static uint Total(params ReadOnlySpan<uint> v) { uint t = 0; foreach (uint x in v) t = t * 3 + x; return t; }
    [Xdp(OnFault = 55u)]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out uint x) || !p.TryRead(out uint y)) return 0;
        Span<Rule> rules = stackalloc Rule[3];
        rules[0] = new(0xff, 1, 7); rules[1] = new(0xf0, x & 0xf0, 8); rules[^1] = new(0, 0, 9);
        uint r = 0;
        foreach (ref readonly Rule rule in rules) if ((x & rule.Mask) == rule.Want) { r = rule.Verdict; break; }
        Span<uint> s = [x, y, x ^ y, 7];
        ReadOnlySpan<uint> part = s[1..^1];
        return r * 1000 + part[0] + part[^1] + (uint)part.Length + Total(x, y, 3) + Verdicts[(int)(y & 3)] + Verdicts[^1];
    }
}

//// goto, labels, switch on ranges and strings of bytes, loops with several exits
[BpfObject]
public static class P
{
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        int state = 0; uint n = 0;
    again:
        if (n > 20 || !p.TryRead(out byte b)) goto done;
        n++;
        switch (state, b)
        {
            case (0, 0x45): state = 1; break;
            case (0, >= 128): state = 2; break;
            case (1, var v) when (v & 1) == 0: state = 3; break;
            case (2, _): if (b == 0) goto done; state = 0; break;
            case (3, < 10 or > 250): return 777;
            default: state = (state + 1) % 4; break;
        }
        goto again;
    done:
        return n * 10 + (uint)state;
    }
}

//// long arithmetic and UInt128 multiply high, bit tricks
[BpfObject]
public static class P
{
    static ulong MulHigh(ulong a, ulong b) => Math.BigMul(a, b, out ulong low) + (low >> 63);
    static uint Isqrt(uint v) { uint r = 0; for (uint bit = 1u << 30; bit != 0; bit >>= 2) { if (v >= r + bit) { v -= r + bit; r = (r >> 1) + bit; } else r >>= 1; } return r; }
    static uint Crc(uint crc, byte b) { crc ^= b; for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1; return crc; }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out ulong a) || !p.TryRead(out ulong b) || !p.TryRead(out uint c)) return 0;
        uint crc = 0xffffffff; for (int i = 0; i < 4; i++) crc = Crc(crc, (byte)(c >> (i * 8)));
        return (uint)MulHigh(a, b) + Isqrt(c) + crc + (uint)(a % (b | 1)) + (uint)(a / 10 % 10);
    }
}
