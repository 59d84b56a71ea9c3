// Programs that the verifier and the kernel must accept; "//// name" begins each.
//// tcx with skb fields, writes to mark and priority
[BpfObject]
public static class P
{
    public struct Stat { public ulong Packets, Bytes; }
    public static readonly LruHashMap<(uint, ushort), Stat> Flows = new(1024);
    [TcxIngress]
    public static TcAction In(SkbContext skb)
    {
        var p = skb.Packet;
        if (!p.TryRead(out EthernetHeader eth)) return TcAction.Next;
        ref Stat s = ref Flows.FindOrAdd((skb.IfIndex, (ushort)eth.Type), default, out bool ok);
        if (ok) { Interlocked.Increment(ref s.Packets); Interlocked.Add(ref s.Bytes, skb.Length); }
        skb.Mark = skb.Length | 0x100;
        skb.Priority = 3;
        return skb.Mark > 300 ? TcAction.Drop : TcAction.Next;
    }
    [TcxEgress] public static TcAction Out(SkbContext skb) => skb.Priority == 3 ? TcAction.Drop : TcAction.Next;
}

//// cgroup programs of all kinds
[BpfObject]
public static class P
{
    static ulong s_seen;
    [CgroupSkbIngress] public static int In(SkbContext c) { Interlocked.Increment(ref s_seen); return 1; }
    [CgroupSkbEgress] public static int Out(SkbContext c) => c.Length > 9000 ? 0 : 1;
    [CgroupSockCreate] public static int Create(SocketContext c) => c.Family == 2 || c.Family == 10 ? 1 : 0;
    [CgroupConnect4] public static int Connect(SockAddressContext c) { if (c.UserPort == BinaryPrimitives.ReverseEndianness((ushort)25)) return 0; return 1; }
    [CgroupBind6] public static int Bind(SockAddressContext c) => 1;
    [CgroupDevice] public static int Dev(DeviceContext c) => (c.AccessType & 0xffff) == 2 && c.Major == 1 ? 1 : 0;
    [CgroupSysctl] public static int Sys(SysctlContext c) => c.Write != 0 ? 0 : 1;
}

//// tracing raw tracepoint per-syscall latency
[BpfObject]
public static class P
{
    public struct Key { public uint Nr; public int Ret; }
    public static readonly HashMap<ulong, ulong> Start = new(10240);
    public static readonly PerCpuHashMap<Key, ulong> Time = new(1024);
    [RawTracepoint("sys_enter")] public static int Enter(RawTracepointContext ctx) { Start.Set(Bpf.GetCurrentPidTgid(), Bpf.KtimeGetNs()); return 0; }
    [RawTracepoint("sys_exit")]
    public static int Exit(RawTracepointContext ctx)
    {
        ulong id = Bpf.GetCurrentPidTgid();
        if (!Start.TryGetValue(id, out ulong t)) return 0;
        Start.Remove(id);
        Key k = new() { Nr = (uint)ctx.Argument(1) };
        ref ulong sum = ref Time.FindOrAdd(k, 0, out bool ok);
        if (ok) sum += Bpf.KtimeGetNs() - t;
        return 0;
    }
}

//// tracepoint record straight as key
public struct Wake { private ulong _c; public ulong N1, N2; public int Pid, Prio, Cpu; }
[BpfObject]
public static class P
{
    public static readonly HashMap<int, ulong> W = new(1024);
    [Tracepoint("sched", "sched_wakeup")]
    public static int On(TracepointContext<Wake> ctx)
    {
        W.Set(ctx.Record.Pid, Bpf.KtimeGetNs());
        return W.Contains(ctx.Record.Prio) ? 1 : 0;
    }
}

//// kernel type in kprobe: probe read
[BtfType("sock_common")] public struct SockCommon { public uint skc_daddr, skc_rcv_saddr; public ushort skc_dport, skc_num, skc_family; }
[BtfType("sock")] public struct Sock { public SockCommon __sk_common; public int sk_rcvbuf; }
[BpfObject]
public static unsafe class P
{
    public record struct Ev(uint Src, uint Dst, ushort Port, ushort Family, uint Pid);
    public static readonly RingBuffer<Ev> Events = new(1 << 16);
    [Kprobe("tcp_connect")]
    public static int On(KprobeContext ctx)
    {
        Sock* sk = (Sock*)ctx.Argument(0);
        ushort fam = sk->__sk_common.skc_family;
        if (fam != 2) return 0;
        Events.TryWrite(new Ev(sk->__sk_common.skc_rcv_saddr, sk->__sk_common.skc_daddr, BinaryPrimitives.ReverseEndianness(sk->__sk_common.skc_dport), fam, (uint)(Bpf.GetCurrentPidTgid() >> 32)));
        return 0;
    }
}

//// fentry typed params
[BtfType("dentry")] public unsafe struct Dentry { public Qstr d_name; public Dentry* d_parent; public Inode* d_inode; }
[BtfType("qstr")] public unsafe struct Qstr { public uint hash; public uint len; public byte* name; }
[BtfType("inode")] public struct Inode { public ulong i_ino; public long i_size; }
[BtfType("path")] public unsafe struct KPath { public void* mnt; public Dentry* dentry; }
[BtfType("file")] public unsafe struct KFile { public uint f_mode; public KPath f_path; public Inode* f_inode; }
[BpfObject]
public static unsafe class P
{
    [InlineArray(32)] public struct Name { byte _b; }
    public struct Ev { public ulong Ino; public long Size; public uint Len; public Name Name; }
    public static readonly RingBuffer<Ev> Events = new(1 << 16);
    [FunctionEntry("vfs_read")]
    public static int Read(KFile* file, byte* buf, ulong count, long* pos)
    {
        if (!Events.TryReserve(out var e)) return 0;
        e.Value.Ino = file->f_inode->i_ino;
        e.Value.Size = file->f_inode->i_size;
        e.Value.Len = file->f_path.dentry->d_name.len;
        Bpf.ProbeReadKernelStr(e.Value.Name, file->f_path.dentry->d_name.name);
        e.Submit();
        return 0;
    }
    [FunctionExit("vfs_read")] public static int Done(KFile* file, byte* buf, ulong count, long* pos, long ret) => ret > (long)count ? 0 : 0;
}

//// lsm
[BtfType("linux_binprm")] public unsafe struct Binprm { public byte* filename; public int argc; }
[BpfObject]
public static unsafe class P
{
    [InlineArray(64)] struct Path { byte _b; }
    static bool Bad(ReadOnlySpan<byte> p) => p.StartsWith("/tmp/"u8) || p.StartsWith("/dev/shm"u8);
    [Lsm("bprm_check_security")]
    public static int Check(Binprm* b, int ret)
    {
        if (ret != 0) return ret;
        Span<byte> name = stackalloc byte[16];
        if (Bpf.ProbeReadKernelStr(name, b->filename) <= 0) return 0;
        return Bad(name) && b->argc > 1 ? -1 : 0;
    }
}

//// tp_btf typed
[BtfType("task_struct")] public unsafe struct Task { public int pid, tgid; public uint flags; public Task* group_leader; public Mm* mm; }
[BtfType("mm_struct")] public struct Mm { public ulong total_vm; }
[BpfObject]
public static unsafe class P
{
    public static readonly TaskStorage<ulong> Last = new();
    public static readonly HashMap<int, ulong> Runs = new(1024);
    [BtfTracepoint("sched_switch")]
    public static int Switch(bool preempt, Task* prev, Task* next)
    {
        ref ulong t = ref Last.Find(next, true, out bool ok);
        if (ok) t = Bpf.KtimeGetNs();
        ref ulong p = ref Last.Find(prev, false, out ok);
        if (ok && p != 0 && !preempt)
        {
            int tgid = prev->group_leader->tgid;
            ref ulong sum = ref Runs.FindOrAdd(tgid, 0, out bool there);
            if (!there) return 0; Interlocked.Add(ref sum, Bpf.KtimeGetNs() - p);
            if (prev->mm != null) sum += prev->mm->total_vm & 1;
        }
        return 0;
    }
}

//// uprobe user pointers
[BpfObject]
public static unsafe class P
{
    public struct Pt { public int X, Y; }
    public struct Ev { public Pt P; public ulong Third; }
    public static readonly RingBuffer<Ev> E = new(4096);
    [Uprobe("libc.so.6", "malloc")]
    public static int On(KprobeContext ctx)
    {
        var p = new UserPointer<Pt>(ctx.Argument(0));
        if (p.IsNull || !p.TryRead(out Pt v)) return 0;
        var q = new UserPointer<ulong>(ctx.Argument(1)).At(3);
        if (!q.TryRead(out ulong third)) return 0;
        E.TryWrite(new Ev { P = v, Third = third });
        return 0;
    }
    [UretProbe("libc.so.6", "malloc")] public static int Ret(KprobeContext ctx) => ctx.ReturnValue == 0 ? 1 : 0;
}

//// bloom
[BpfObject]
public static class P
{
    public static readonly BloomFilter<uint> Seen = new(1000);
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        if (Seen.MayContain(ctx.Length)) return 1;
        Seen.Add(ctx.Length);
        return 2;
    }
}

//// tail calls by enum
public enum Proto : uint { Icmp, Tcp, Udp, Other }
[BpfObject]
public static class P
{
    public static readonly ProgramArray<Proto> Table = new(4);
    public static readonly PerCpuArray<(uint, uint)> Scratch = new(1);
    [Xdp]
    public static XdpAction Main(XdpContext ctx)
    {
        var p = ctx.Packet;
        if (!p.TryRead(out EthernetHeader e) || e.Type != EtherType.IPv4 || !p.TryRead(out IPv4Header ip)) return XdpAction.Pass;
        ref var s = ref Scratch.Find(0, out bool ok);
        if (!ok) return XdpAction.Aborted;
        s = (ip.Source, ip.Destination);
        Proto t = ip.Protocol switch { IPProtocol.Icmp => Proto.Icmp, IPProtocol.Tcp => Proto.Tcp, IPProtocol.Udp => Proto.Udp, _ => Proto.Other };
        return Table.TailCall(ctx, t, XdpAction.Pass);
    }
    [Xdp, TailCallTarget(Proto.Tcp), TailCallTarget(Proto.Udp)]
    public static XdpAction L4(XdpContext ctx)
    {
        ref var s = ref Scratch.Find(0, out bool ok);
        return ok && s.Item1 == s.Item2 ? XdpAction.Drop : XdpAction.Pass;
    }
    [Xdp, TailCallTarget(Proto.Icmp)] public static XdpAction Icmp(XdpContext ctx) => XdpAction.Drop;
}

//// kconfig
[BpfObject]
public static class P
{
    static readonly Kconfig<uint> Version = new("LINUX_KERNEL_VERSION");
    static readonly Kconfig<int> Hz = new("CONFIG_HZ");
    static readonly Kconfig<bool> Smp = new("CONFIG_SMP");
    [RawTracepoint("sys_enter")] public static int On(RawTracepointContext ctx) => Version > 0x60000 && Smp ? Hz : 3;
}

//// array of maps and hash of maps
[BpfObject]
public static class P
{
    public static readonly ArrayOfMaps<HashMap<uint, ulong>> Outer = new(4, new HashMap<uint, ulong>(8));
    public static readonly HashOfMaps<ushort, ArrayMap<uint>> Named = new(4, new ArrayMap<uint>(2));
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        if (Outer.Find(ctx.RxQueueIndex & 3) is { } inner)
        {
            ref ulong n = ref inner.FindOrAdd(ctx.Length, 0, out bool ok);
            if (ok) Interlocked.Increment(ref n);
        }
        var named = Named.Find((ushort)ctx.Length);
        if (named is not null && named.TryGetValue(1, out uint v)) return v;
        return 2;
    }
}

//// redirect maps
[BpfObject]
public static class P
{
    public static readonly DevMap Dev = new(8); public static readonly CpuMap Cpu = new(4); public static readonly XskMap Xsk = new(4); public static readonly DevMapHash H = new(4);
    [Xdp] public static XdpAction Main(XdpContext ctx) => ctx.RxQueueIndex switch { 0 => Dev.Redirect(1, XdpAction.Pass), 1 => Cpu.Redirect(ctx.Length & 3), 2 => H.Redirect(5), _ => Xsk.Redirect(ctx.RxQueueIndex, XdpAction.Pass) };
}

//// perf event array and stack trace
[BpfObject]
public static class P
{
    public record struct Ev(uint Pid, long Stack);
    public static readonly PerfEventArray<Ev> Events = new();
    public static readonly StackTraceMap Stacks = new(1024);
    public static readonly CgroupArray Cg = new(4);
    [PerfEvent]
    public static int Sample(PerfEventContext ctx)
    {
        long id = Stacks.Collect(ctx, 0x100);
        Events.TryWrite(ctx, new Ev((uint)(Bpf.GetCurrentPidTgid() >> 32), id));
        return 0;
    }
    [Kprobe("do_nanosleep")] public static int K(KprobeContext ctx) { Events.TryWrite(ctx, new Ev(1, Stacks.Collect(ctx))); return Bpf.CurrentTaskUnderCgroup(Cg, 0) == 1 ? 1 : 0; }
}

//// print
[BpfObject]
public static class P
{
    enum E : byte { A, B }
    [Xdp]
    public static uint Main(XdpContext ctx)
    {
        byte b = (byte)ctx.Length; E e = (E)(ctx.Length & 1); bool f = ctx.Length > 5;
        Bpf.Print($"plain");
        Bpf.Print($"100% {b} {(sbyte)-3} {e} {f} {ctx.Length:X} {'c'}");
        return 2;
    }
}

//// kernel symbols
[BpfObject]
public static unsafe class P
{
    static readonly KernelSymbol Jiffies = new("schedule");
    static readonly KernelSymbol Init = new("vfs_read");
    [RawTracepoint("sys_enter")]
    public static int On(RawTracepointContext ctx)
    {
        ulong j = 0;
        Bpf.ProbeReadKernel(MemoryMarshal.AsBytes(new Span<ulong>(ref j)), (void*)Jiffies.Address);
        return j > 0 && Init.Address != 0 ? 1 : 0;
    }
}

//// dynptr over ring buffer memory
[BpfObject]
public static class P
{
    public static readonly PerCpuArray<(ulong, ulong)> Scratch = new(1);
    [TcIngress]
    public static int On(SkbContext ctx)
    {
        ref var s = ref Scratch.Find(0, out bool ok);
        if (!ok) return 0;
        s = (ctx.Length, 5);
        Bpf.DynptrFromMem(MemoryMarshal.AsBytes(new Span<(ulong, ulong)>(ref s)), 0, out BpfDynptr d);
        Span<byte> got = stackalloc byte[8];
        if (Bpf.DynptrRead(got, ref d, ctx.Mark & 7, 0) != 0) return 1;
        Bpf.DynptrWrite(ref d, 8, "abcd"u8, 0);
        return got[0];
    }
}

//// open-coded number iterator by kfuncs of one's own
[BpfObject]
public static class P
{
    [BtfType("bpf_iter_num")] public struct Numbers { private ulong _state; }
    [BpfKfunc("bpf_iter_num_new")] static int New(ref Numbers it, int start, int end) => 0;
    [BpfKfunc("bpf_iter_num_next")] static ref int Next(ref Numbers it) => ref Unsafe.NullRef<int>();
    [BpfKfunc("bpf_iter_num_destroy")] static void Destroy(ref Numbers it) { }
    [TcIngress]
    public static int On(SkbContext ctx)
    {
        Numbers it = default;
        int sum = 0;
        New(ref it, 0, (int)(ctx.Length & 1023));
        while (true)
        {
            ref int n = ref Next(ref it);
            if (Unsafe.IsNullRef(ref n)) break;
            sum += n;
        }
        Destroy(ref it);
        return sum & 1;
    }
}

//// core questions
[BtfType("task_struct")] public struct Task { public int pid; public uint __state; }
[BtfType("task_struct___old")] public struct OldTask { public long state; }
[BtfType("bpf_map_type")] public enum MapKind { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_RINGBUF = 2 }
[BpfObject]
public static unsafe class P
{
    [RawTracepoint("sys_enter")]
    public static int On(RawTracepointContext ctx)
    {
        Task* t = (Task*)Bpf.GetCurrentTask();
        long state = Core.FieldExists<Task>("__state") ? t->__state : ((OldTask*)t)->state;
        long ring = Core.EnumMemberExists<MapKind>("BPF_MAP_TYPE_RINGBUF") ? Core.EnumValue<MapKind>("BPF_MAP_TYPE_RINGBUF") : -1;
        return (int)state + (int)ring + Core.SizeOf<Task>() + t->pid;
    }
}

//// sockets: lookup and release, storage
[BpfObject]
public static unsafe class P
{
    public static readonly SocketStorage<ulong> Seen = new();
    [CgroupSkbEgress]
    public static int On(SkbContext ctx)
    {
        BpfSocket* sk = ctx.Socket;
        if (sk == null) return 1;
        sk = Bpf.SkFullsock(sk);
        if (sk == null) return 1;
        ref ulong n = ref Seen.Find(sk, true, out bool ok);
        if (ok) Interlocked.Increment(ref n);
        return ok && n > 1000 ? 0 : 1;
    }
}

//// socket programs: ops, message, lookup, reuseport, options
[BpfObject]
public static class P
{
    public static readonly SockHash<uint> Socks = new(64);
    [SockOps] public static int Ops(SockOpsContext c) { if (c.Op == 4) Bpf.SockHashUpdate(c, Socks, c.LocalPort, 0); return 1; }
    [SkMessage] public static int Msg(SkMessageContext m) => m.Size > 100 ? 1 : 0;
    [SkLookup] public static int Lookup(SkLookupContext c) => c.LocalPort == 80 ? 0 : 1;
    [SkReuseport] public static int Re(SkReuseportContext c) => c.Hash == 0 ? 0 : 1;
    [CgroupGetSocketOption] public static int Opt(SocketOptionContext c) => c.Level == 6 ? 0 : 1;
    [SocketFilter] public static int F(SkbContext c) => (int)c.Length;
    [FlowDissector] public static int Fd(SkbContext c) => 0;
    [SkSkbVerdict] public static int V(SkbContext c) => 1;
}
