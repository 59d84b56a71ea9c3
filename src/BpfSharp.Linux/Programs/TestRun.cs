using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Programs;

/// <summary>BPF_PROG_TEST_RUN.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class TestRun
{
    internal const uint OnCpu = 1u << 0;
    internal const uint LiveFrames = 1u << 1;

    // Programs may add headers and tails; the kernel gives frames this much to grow.
    private const int Growth = 4096;
    private const int FlowKeysBytes = 64;

    /// <summary>Runs a program as its type allows.</summary>
    /// <exception cref="KernelException">The type cannot be test-run, or the input does not suit it.</exception>
    internal static RunResult Run(string name, ProgramType type, BpfHandle program, RunInput input)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(input.Repeat, 1);
        bool packet = TakesPacket(type);
        if (!packet && !input.Packet.IsEmpty)
        {
            throw KernelException.Missing("BPF4113", $"program '{name}'", $"a program of type {type} has no packet",
                "leave RunInput.Packet empty");
        }

        byte[] data = packet ? new byte[Math.Max(input.Packet.Length + Growth, FlowKeysBytes)] : [];
        bool contextOut = packet || type == ProgramType.SkLookup;
        byte[] context = input.Context.ToArray();
        byte[] contextAfter = contextOut ? new byte[context.Length] : [];
        // Types that take no repeat count are called again and again.
        int calls = packet || type == ProgramType.SkLookup ? 1 : input.Repeat;
        uint repeat = calls == 1 && contextOut ? (uint)input.Repeat : 0;
        TestRunAttr attr = default;
        TimeSpan spent = TimeSpan.Zero;
        for (int call = 0; call < calls; call++)
        {
            long started = System.Diagnostics.Stopwatch.GetTimestamp();
            int result = Call(program, input, data, context, contextAfter, repeat, out attr);
            spent += System.Diagnostics.Stopwatch.GetElapsedTime(started);
            if (result < 0)
            {
                throw Refused(name, type, -result);
            }
        }

        return new RunResult
        {
            ReturnValue = attr.Retval,
            Packet = data.AsMemory(0, (int)Math.Min(attr.DataSizeOut, (uint)data.Length)),
            Context = contextOut ? contextAfter.AsMemory(0, (int)Math.Min(attr.CtxSizeOut, (uint)contextAfter.Length)) : context,
            Duration = contextOut ? TimeSpan.FromMicroseconds(attr.Duration / 1000.0) : spent / calls,
        };
    }

    /// <summary>Sends real frames through XDP: what the program passes goes up the stack, what it redirects goes out.</summary>
    internal static void RunLive(string name, BpfHandle program, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> context, int repeat, int batch)
    {
        fixed (byte* data = packet)
        fixed (byte* contextPointer = context)
        {
            TestRunAttr attr = new()
            {
                ProgFd = (uint)program.Fd,
                DataIn = (ulong)data,
                DataSizeIn = (uint)packet.Length,
                CtxIn = (ulong)contextPointer,
                CtxSizeIn = (uint)context.Length,
                Repeat = (uint)repeat,
                BatchSize = (uint)batch,
                Flags = LiveFrames,
            };
            int result = BpfSyscall.Call(BpfCommand.ProgTestRun, ref attr);
            if (result < 0)
            {
                throw Refused(name, ProgramType.Xdp, -result);
            }
        }
    }

    private static bool TakesPacket(ProgramType type) => type is ProgramType.SocketFilter or ProgramType.SchedCls
        or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.CgroupSkb or ProgramType.LwtIn or ProgramType.LwtOut
        or ProgramType.LwtXmit or ProgramType.LwtSeg6Local or ProgramType.FlowDissector or ProgramType.Netfilter;

    private static int Call(BpfHandle program, RunInput input, byte[] data, byte[] context, byte[] contextAfter, uint repeat, out TestRunAttr attr)
    {
        using System.Buffers.MemoryHandle packet = input.Packet.Pin();
        fixed (byte* dataOut = data)
        fixed (byte* contextIn = context)
        fixed (byte* contextOut = contextAfter)
        {
            attr = new TestRunAttr
            {
                ProgFd = (uint)program.Fd,
                DataIn = input.Packet.IsEmpty ? 0 : (ulong)packet.Pointer,
                DataSizeIn = (uint)input.Packet.Length,
                DataOut = (ulong)dataOut,
                DataSizeOut = (uint)data.Length,
                CtxIn = (ulong)contextIn,
                CtxSizeIn = (uint)context.Length,
                CtxOut = (ulong)contextOut,
                CtxSizeOut = (uint)contextAfter.Length,
                Repeat = repeat,
                Flags = input.Cpu >= 0 ? OnCpu : 0,
                Cpu = input.Cpu >= 0 ? (uint)input.Cpu : 0,
            };
            return BpfSyscall.Call(BpfCommand.ProgTestRun, ref attr);
        }
    }

    private static KernelException Refused(string name, ProgramType type, int errno) => KernelException.Refused(
        "BPF5012", $"program '{name}'", "BPF_PROG_TEST_RUN", errno,
        errno is Errno.Enotsupp or Errno.Eopnotsupp ? $"the kernel cannot test-run programs of type {type}" : null,
        errno switch
        {
            Errno.Einval when TakesPacket(type) => "a packet needs at least its 14-byte Ethernet header, and the context the size and zeroes the type asks for",
            Errno.Enotsupp or Errno.Eopnotsupp => "attach it and cause the event instead",
            _ => null,
        });
}
