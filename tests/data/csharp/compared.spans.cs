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
