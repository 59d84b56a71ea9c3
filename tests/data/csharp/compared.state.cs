Programs as users write them.

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
