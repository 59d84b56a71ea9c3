using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>Objects the kernel must accept, from Debug and Release IL, at cpu levels 2 and 4.</summary>
public sealed class AcceptanceTests
{
    [Theory]
    [InlineData("""
        enum Slot { Tcp, Udp }
        [BpfObject] static class P
        {
            public static readonly ProgramArray<Slot> Next = new(4);
            [Xdp] public static XdpAction Main(XdpContext ctx) => Next.TailCall(ctx, ctx.Length > 60 ? Slot.Tcp : Slot.Udp, XdpAction.Pass);
            [Xdp, TailCallTarget(Slot.Tcp)] public static XdpAction Tcp(XdpContext ctx) => XdpAction.Drop;
            [Xdp, TailCallTarget(Slot.Udp)] public static XdpAction Udp(XdpContext ctx) => XdpAction.Tx;
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public struct Cell { public BpfSpinLock Lock; public uint N; public ulong Sum; }
            public static readonly ArrayMap<Cell> Cells = new(4);
            [Xdp] public static uint Main(XdpContext ctx)
            {
                ref Cell c = ref Cells.Find(1, out bool ok);
                if (!ok) return 2;
                using (BpfSpinLock.Enter(ref c.Lock)) { c.N++; c.Sum += ctx.IngressIfIndex; }
                return 1;
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public struct Cell { public BpfTimer Timer; public ulong Ticks; }
            public static readonly ArrayMap<Cell> Cells = new(4);
            [TcIngress] public static int Main(SkbContext ctx)
            {
                ref Cell c = ref Cells.Find(0, out bool ok);
                if (!ok) return 0;
                BpfTimer.Initialize(ref c.Timer, Cells, 1);
                BpfTimer.SetCallback(ref c.Timer, static (ref uint key, ref Cell value) => { value.Ticks++; });
                BpfTimer.Start(ref c.Timer, 1000000000, 0);
                return (int)(ctx.Length & 1);
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public static readonly ArrayOfMaps<ArrayMap<ulong>> Outer = new(4, new ArrayMap<ulong>(8));
            [Xdp] public static uint Main(XdpContext ctx)
            {
                var inner = Outer.Find(ctx.RxQueueIndex);
                if (inner == null) return 2;
                ref ulong n = ref inner.Find(3, out bool ok);
                if (!ok) return 1;
                n++;
                return 3;
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            [Xdp] public static uint Main(XdpContext ctx)
            {
                Bpf.Print($"length {ctx.Length} of {ctx.IngressIfIndex:x}");
                Bpf.Print($"five {1u} {2L} {(short)3} {(byte)4} {5ul}");
                return 2;
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public struct Pair { public uint A, B; }
            [GlobalFunction, MethodImpl(MethodImplOptions.NoInlining)] public static uint Sum(ref Pair p, uint n) => p.A * n + p.B;
            [Xdp] public static uint Main(XdpContext ctx)
            {
                Pair p = new() { A = ctx.Length, B = 3 };
                return Sum(ref p, 5) + Sum(ref p, 6);
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            static readonly Kconfig<uint> Version = new("LINUX_KERNEL_VERSION");
            [Xdp] public static uint Main(XdpContext ctx) => Version.Value > 0x050000 ? 1u : 2u;
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public struct Comm { public ulong A, B; }
            public struct Event { public ulong PidTgid; public Comm Name; public byte Kind; }
            public static readonly RingBuffer<Event> Events = new(65536);
            [RawTracepoint("sys_enter")] public static unsafe int Main(RawTracepointContext ctx)
            {
                if (!Events.TryReserve(out var e)) return 0;
                e.Value.PidTgid = Bpf.GetCurrentPidTgid();
                e.Value.Kind = (byte)ctx.Argument(1);
                Bpf.GetCurrentComm(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref e.Value.Name, 1)));
                e.Submit();
                return 0;
            }
        }
        """)]
    [InlineData("""
        [BpfObject] static class P
        {
            public static readonly HashMap<uint, ulong> M = new(64);
            [Xdp] public static uint Main(XdpContext ctx)
            {
                var packet = ctx.Packet;
                uint n = 0;
                for (int i = 0; i < 40 && packet.TryRead(out ushort word); i++) n += word;
                foreach (uint i in Bpf.Range(100)) n ^= i << 3;
                M.Set(n & 7, n);
                return n;
            }
        }
        """)]
    public void The_kernel_accepts(string source)
    {
        KernelSupport.RequireBpf();
        foreach (OptimizationLevel optimisation in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            SourceAssembly assembly = SourceAssembly.Build(source, optimisation);
            foreach (int level in (int[])[2, 4])
            {
                BpfObject made = assembly.Demand(cpuLevel: level);
                try
                {
                    using LoadedObject loaded = BpfHost.Kernel.Load(made);
                    Assert.NotEmpty(loaded.Programs);
                }
                catch (Diagnostics.BpfException e)
                {
                    string? log = (e as Diagnostics.ProgramRejectedException)?.Log;
                    Assert.Fail($"{optimisation}, cpu {level}: {e.Message}\n{log}\n{ThreeWays.Describe(made)}\n{source}");
                }
            }
        }
    }
}
