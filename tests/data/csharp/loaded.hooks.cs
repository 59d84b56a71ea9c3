Programs of other types, as users write them.

//// every program type with a context of its own
[BpfObject(License = "GPL")]
public static class P
{
    public static readonly PerCpuArray<ulong> Hits = new(64);
    static void Hit(uint i) { ref ulong h = ref Hits.Find(i, out bool ok); if (ok) h++; }
    [TcIngress] public static int A(SkbContext c) { Hit(0); return c.Protocol == EtherType.IPv4 ? 0 : -1; }
    [TcEgress] public static int B(SkbContext c) { Hit(1); c.Mark = 5; return 0; }
    [SkSkbParser] public static int C(SkbContext c) { Hit(2); return (int)c.Length; }
    [SkSkbVerdict] public static int D(SkbContext c) { Hit(3); return 1; }
    [LwtIn] public static int E(SkbContext c) { Hit(4); return 0; }
    [LwtOut] public static int F(SkbContext c) { Hit(5); return 0; }
    [LwtXmit] public static int G(SkbContext c) { Hit(6); return 0; }
    [CgroupSkbEgress] public static int H(SkbContext c) { Hit(7); return 1; }
    [CgroupSetSocketOption] public static int I(SocketOptionContext c) { Hit(8); return c.Level == 1 && c.Optname == 2 ? 0 : 1; }
    [CgroupSendMessage4] public static int J(SockAddressContext c) { Hit(9); return c.UserPort == 0x3500 ? 0 : 1; }
    [CgroupPostBind4] public static int K(SocketContext c) { Hit(10); return c.SrcPort < 1024 ? 0 : 1; }
    [Netfilter] public static int L(NetfilterContext c) { return 1; }
}

//// life of a tcp connection
[BpfObject]
public static class P
{
    public struct Conn { public uint Saddr, Daddr; public ushort Sport, Dport; public ulong Start; public uint State; }
    public record struct Closed(uint Saddr, uint Daddr, ushort Sport, ushort Dport, ulong Micros);
    public static readonly LruHashMap<ulong, Conn> Live = new(4096);
    public static readonly RingBuffer<Closed> Ended = new(1 << 16);
    public struct Args { private ulong _common; public ulong Skaddr; public int OldState, NewState; public ushort Sport, Dport, Family, Protocol; public uint Saddr, Daddr; }
    const int Close = 7, SynSent = 2;
    [Tracepoint("sock", "inet_sock_set_state")]
    public static int On(TracepointContext<Args> ctx)
    {
        ref readonly Args a = ref ctx.Record;
        if (a.Protocol != 6 || a.Family is not (2 or 10)) return 0;
        ulong sk = a.Skaddr;
        switch (a.NewState)
        {
            case SynSent:
                Live.Set(sk, new Conn { Saddr = a.Saddr, Daddr = a.Daddr, Sport = a.Sport, Dport = a.Dport, Start = Bpf.KtimeGetNs() });
                break;
            case Close:
                ref Conn c = ref Live.Find(sk, out bool ok);
                if (!ok) return 0;
                Ended.TryWrite(new Closed(c.Saddr, c.Daddr, c.Sport, c.Dport, (Bpf.KtimeGetNs() - c.Start) / 1000));
                Live.Remove(sk);
                break;
            default:
                ref Conn d = ref Live.Find(sk, out ok);
                if (ok) d.State = (uint)a.NewState;
                break;
        }
        return 0;
    }
}

//// process tree with names
[BtfType("task_struct")] public unsafe struct Task { public int pid, tgid; public Task* real_parent; public Comm comm; public Cred* cred; public ulong start_time; }
[BtfType("cred")] public struct Cred { public Kuid uid; }
[BtfType("kuid_t")] public struct Kuid { public uint val; }
[InlineArray(16)] public struct Comm { byte _b; }
[BpfObject]
public static unsafe class P
{
    public struct Ev { public int Pid, Parent; public uint Uid; public Comm Name, ParentName; public byte Depth; }
    public static readonly RingBuffer<Ev> Events = new(1 << 16);
    [Kprobe("wake_up_new_task")]
    public static int On(KprobeContext ctx)
    {
        Task* t = (Task*)ctx.Argument(0);
        if (!Events.TryReserve(out RingRecord<Ev> r)) return 0;
        ref Ev e = ref r.Value;
        e.Pid = t->tgid;
        Task* parent = t->real_parent;
        e.Parent = parent->tgid;
        e.Uid = t->cred->uid.val;
        e.Name = t->comm;
        Bpf.ProbeReadKernelStr(e.ParentName, &parent->comm);
        byte depth = 0;
        for (int i = 0; i < 8; i++) { if (parent == null || parent->pid <= 1) break; parent = parent->real_parent; depth++; }
        e.Depth = depth;
        r.Submit();
        return 0;
    }
}

//// histogram of read latencies by file system
[BtfType("file")] public unsafe struct KFile { public Inode* f_inode; public uint f_flags; }
[BtfType("inode")] public unsafe struct Inode { public SuperBlock* i_sb; public ulong i_ino; }
[BtfType("super_block")] public unsafe struct SuperBlock { public ulong s_magic; public uint s_dev; }
[BpfObject]
public static unsafe class P
{
    [InlineArray(32)] public struct Slots { ulong _s; }
    public static readonly HashMap<ulong, (ulong Start, ulong Magic)> Started = new(8192);
    public static readonly HashMap<ulong, Slots> Histograms = new(64);
    [FunctionEntry("vfs_read")]
    public static int Enter(KFile* file, byte* buffer, nuint count, long* position)
    {
        Started.Set(Bpf.GetCurrentPidTgid(), (Bpf.KtimeGetNs(), file->f_inode->i_sb->s_magic));
        return 0;
    }
    [FunctionExit("vfs_read")]
    public static int Exit(KFile* file, byte* buffer, nuint count, long* position, long result)
    {
        ulong id = Bpf.GetCurrentPidTgid();
        if (!Started.TryGetValue(id, out var s)) return 0;
        Started.Remove(id);
        if (result < 0) return 0;
        ref Slots h = ref Histograms.FindOrAdd(s.Magic, default, out bool ok);
        if (!ok) return 0;
        uint slot = (uint)BitOperations.Log2((Bpf.KtimeGetNs() - s.Start) / 1000 | 1);
        if (slot < 32) Interlocked.Increment(ref h[(int)slot]);
        return 0;
    }
}

//// rate limiter driven by a timer
[BpfObject]
public static class P
{
    public struct Bucket { public BpfTimer Timer; public uint Tokens; public byte Armed; }
    public static readonly HashMap<uint, Bucket> Buckets = new(256);
    public static readonly Const<uint> Refill = new(100);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4 || !p.TryRead(out IPv4Header ip)) return XdpAction.Pass;
        uint source = ip.Source;
        ref Bucket b = ref Buckets.FindOrAdd(source, default, out bool ok);
        if (!ok) return XdpAction.Pass;
        if (b.Armed == 0)
        {
            b.Armed = 1;
            b.Tokens = Refill;
            BpfTimer.Initialize(ref b.Timer, Buckets, 1);
            BpfTimer.SetCallback<uint, Bucket>(ref b.Timer, static (ref uint key, ref Bucket bucket) =>
            {
                bucket.Tokens = Refill;
                BpfTimer.Start(ref bucket.Timer, 1_000_000_000, 0);
            });
            BpfTimer.Start(ref b.Timer, 1_000_000_000, 0);
        }
        if (b.Tokens == 0) return XdpAction.Drop;
        b.Tokens--;
        return XdpAction.Pass;
    }
}

//// policy by path and user, lsm with sleepable program
[BtfType("file")] public unsafe struct KFile { public KPath f_path; public uint f_flags; }
[BtfType("path")] public unsafe struct KPath { public Dentry* dentry; }
[BtfType("dentry")] public unsafe struct Dentry { public Qstr d_name; public Dentry* d_parent; }
[BtfType("qstr")] public unsafe struct Qstr { public uint len; public byte* name; }
[BpfObject]
public static unsafe class P
{
    [InlineArray(64)] public struct Name { byte _b; }
    public static readonly HashMap<Name, uint> Denied = new(128);
    static readonly Const<bool> Enforce = new(true);
    [Lsm("file_open")]
    public static int Open(KFile* file, int ret)
    {
        if (ret != 0) return ret;
        Name n = default;
        Dentry* d = file->f_path.dentry;
        if (Bpf.ProbeReadKernelStr(n, d->d_name.name) < 0) return 0;
        uint uid = (uint)Bpf.GetCurrentUidGid();
        if (Denied.TryGetValue(n, out uint who) && (who == uint.MaxValue || who == uid)) return Enforce ? -13 : 0;
        return 0;
    }
    [Lsm("socket_create")] public static int Socket(int family, int type, int protocol, int kern, int ret) => family == 16 && kern == 0 ? -1 : ret;
}

//// open ports by socket lookup, with steering
[BpfObject]
public static unsafe class P
{
    public static readonly SockMap Listeners = new(4);
    public static readonly HashMap<ushort, byte> Ports = new(64);
    [SkLookup]
    public static int Steer(SkLookupContext c)
    {
        if (!Ports.Contains((ushort)c.LocalPort)) return 1;
        return c.Protocol == 6 && c.Family == 2 ? 1 : 0;
    }
    [TcIngress]
    public static int Known(SkbContext c)
    {
        var p = c.Packet;
        if (!p.TryRead(out EthernetHeader eth) || !p.TryRead(out IPv4Header ip) || !p.TryRead(out PortsHeader ports)) return 0;
        return eth.Type == EtherType.IPv4 && Ports.Contains(ports.Destination) && ip.Protocol == IPProtocol.Tcp ? 0 : 2;
    }
}

//// user memory of a system call
[BpfObject]
public static unsafe class P
{
    public struct Enter { private ulong _c; public long Number; public ulong A0, A1, A2, A3; }
    [InlineArray(128)] public struct Path { byte _b; }
    public struct Ev { public uint Pid; public int Flags; public Path Path; public int Length; }
    public static readonly PerCpuArray<Ev> Scratch = new(1);
    public static readonly PerfEventArray<Ev> Out = new();
    [Tracepoint("syscalls", "sys_enter_openat")]
    public static int On(TracepointContext<Enter> ctx)
    {
        ref Ev e = ref Scratch.Find(0, out bool ok);
        if (!ok) return 0;
        e.Pid = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        e.Flags = (int)ctx.Record.A2;
        long n = Bpf.ProbeReadUserStr(e.Path, (void*)ctx.Record.A1);
        e.Length = n < 0 ? 0 : (int)n;
        Out.TryWrite(ctx, e);
        return 0;
    }
}

//// iterators over kernel things
[BtfType("bpf_iter__task")] public unsafe struct IterTask { public IterMeta* meta; public Task* task; }
[BtfType("bpf_iter_meta")] public unsafe struct IterMeta { public void* seq; public ulong session_id, seq_num; }
[BtfType("task_struct")] public unsafe struct Task { public int pid, tgid; }
[BpfObject]
public static unsafe class P
{
    static ulong s_count;
    [Iterator("task")]
    public static int Each(IterTask* ctx)
    {
        Task* t = ctx->task;
        if (t == null) return 0;
        if (t->pid == t->tgid) s_count++;
        int pid = t->pid;
        Bpf.SeqWrite(ctx->meta->seq, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in pid)));
        return 0;
    }
}

//// sockets counted by cgroup, with storage
[BpfObject]
public static unsafe class P
{
    public struct Stat { public ulong Packets, Bytes; }
    public static readonly HashMap<ulong, Stat> ByCgroup = new(1024);
    [CgroupSkbEgress]
    public static int Out(SkbContext c)
    {
        ulong id = Bpf.SkbCgroupId(c);
        ref Stat s = ref ByCgroup.FindOrAdd(id, default, out bool ok);
        if (ok) { Interlocked.Increment(ref s.Packets); Interlocked.Add(ref s.Bytes, c.Length); }
        return 1;
    }
    [CgroupSkbIngress] public static int In(SkbContext c) => c.Packet.TryPeek(out IPv4Header ip) && ip.TimeToLive < 2 ? 0 : 1;
}

//// header of a packet rewritten with checksums by helpers
[BpfObject]
public static class P
{
    const uint IPCsum = 24, TcpCsum = 50, IPDst = 30;
    [TcIngress]
    public static TcAction Nat(SkbContext c)
    {
        var p = c.Packet;
        if (!p.TryRead(out EthernetHeader eth) || eth.Type != EtherType.IPv4 || !p.TryRead(out IPv4Header ip)) return TcAction.Pass;
        if (ip.Protocol != IPProtocol.Tcp || ip.VersionAndLength != 0x45) return TcAction.Pass;
        uint old = BinaryPrimitives.ReverseEndianness(ip.Destination), now = BinaryPrimitives.ReverseEndianness(0x0a000001u);
        Bpf.L4CsumReplace(c, TcpCsum, old, now, 0x10 | 4);
        Bpf.L3CsumReplace(c, IPCsum, old, now, 4);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, now);
        if (Bpf.SkbStoreBytes(c, IPDst, bytes, 0) < 0) return TcAction.Drop;
        c.Mark = 7;
        return TcAction.Pass;
    }
    [TcEgress]
    public static TcAction Shrink(SkbContext c)
    {
        Span<byte> head = stackalloc byte[14];
        if (Bpf.SkbLoadBytes(c, 0, head) != 0) return TcAction.Pass;
        return head[12] == 8 && head[0] == 0xff ? TcAction.Drop : TcAction.Pass;
    }
}

//// configuration of the kernel and its symbols
[BpfObject]
public static unsafe class P
{
    static readonly Kconfig<uint> Version = new("LINUX_KERNEL_VERSION");
    static readonly Kconfig<byte> Preempt = new("CONFIG_PREEMPT", isOptional: true);
    static readonly Kconfig<long> Missing = new("CONFIG_NO_SUCH_THING_AT_ALL", isOptional: true);
    static readonly KernelSymbol Nothing = new("no_such_symbol_at_all", isOptional: true);
    static readonly KernelSymbol Idle = new("schedule");
    [RawTracepoint("sched_switch")]
    public static int On(RawTracepointContext c)
    {
        if (Version < 0x50a00) return 1;
        return Preempt == (byte)'y' ? 2 : Missing != 0 || Nothing.Address != 0 ? 3 : Idle.Address == c.Argument(1) ? 4 : 0;
    }
}

//// perf samples folded into stacks
[BpfObject]
public static class P
{
    [InlineArray(16)] public struct Comm { byte _b; }
    public struct Key { public uint Pid; public int User, Kernel; public Comm Name; }
    public static readonly StackTraceMap Stacks = new(10240);
    public static readonly HashMap<Key, ulong> Counts = new(10240);
    [PerfEvent]
    public static int Sample(PerfEventContext ctx)
    {
        Key k = default;
        k.Pid = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        if (k.Pid == 0) return 0;
        Bpf.GetCurrentComm(k.Name);
        k.User = (int)Stacks.Collect(ctx, 256);
        k.Kernel = (int)Stacks.Collect(ctx);
        ref ulong n = ref Counts.FindOrAdd(k, 0, out bool ok);
        if (ok) Interlocked.Increment(ref n);
        return ctx.SamplePeriod > 0 ? 0 : 1;
    }
}

//// a user ring drained, and records reserved with early return
[BpfObject]
public static class P
{
    public struct Command { public uint Kind, Value; }
    public static readonly UserRingBuffer Commands = new(4096);
    public static readonly ArrayMap<uint> Values = new(16);
    static uint s_done;
    [Syscall]
    public static unsafe int Run(Command* ctx)
    {
        uint total = ctx->Value;
        Commands.Drain(static (ref BpfDynptr record, ref uint sum) =>
        {
            Span<byte> bytes = stackalloc byte[8];
            if (Bpf.DynptrRead(bytes, ref record, 0, 0) != 0) return true;
            uint kind = BinaryPrimitives.ReadUInt32LittleEndian(bytes), value = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            if (kind < 16) Values.Set(kind, value);
            sum += value;
            return sum < 1000;
        }, ref total);
        s_done += total;
        return (int)total;
    }
}

//// text printed
[BpfObject]
public static class P
{
    [InlineArray(16)] struct Comm { byte _b; }
    static readonly ArrayMap<Comm> Names = new(1);
    [RawTracepoint("sys_enter")]
    public static int On(RawTracepointContext ctx)
    {
        Comm c = default;
        Bpf.GetCurrentComm(c);
        ref Comm n = ref Names.Find(0, out bool ok);
        if (!ok) return 0;
        Bpf.GetCurrentComm(n);
        Bpf.Print($"{c} {nameof(On)} {ctx.Argument(1)}");
        Bpf.Print($"{n} {(ReadOnlySpan<byte>)n[..4]} {"const"}");
        return 0;
    }
}
