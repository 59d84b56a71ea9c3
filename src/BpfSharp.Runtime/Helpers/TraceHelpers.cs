using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Text and events to user space: printing, formatting, perf events, stacks.</summary>
internal static unsafe class TraceHelpers
{
    private const ulong CurrentCpu = 0xffff_ffff;
    private const ulong IndexMask = 0xffff_ffff;
    private const ulong PacketMask = 0xf_ffff_0000_0000;
    private const int MaxPrinted = 1024;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(6, "trace_printk", Print),
        new(22, "perf_event_read", NoCounter),
        new(25, "perf_event_output", Output),
        new(27, "get_stackid", NoStack),
        new(55, "perf_event_read_value", NoCounterValue),
        new(67, "get_stack", NoStackMemory),
        new(111, "skb_output", Output),
        new(121, "xdp_output", Output),
        new(165, "snprintf", Format),
        new(173, "get_func_ip", Zero),
        new(174, "get_attach_cookie", Zero),
        new(177, "trace_vprintk", PrintMany),
    ];

    private static ulong Print(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ulong* words = stackalloc ulong[] { r3, r4, r5 };
        return Print(run, r1, r2, new ReadOnlySpan<ulong>(words, 3));
    }

    private static ulong PrintMany(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        r4 % sizeof(ulong) != 0 || r4 > 12 * sizeof(ulong)
            ? Answer.Of(-Errno.Einval)
            : Print(run, r1, r2, new ReadOnlySpan<ulong>((void*)r3, (int)(r4 / sizeof(ulong))));

    private static ulong Print(RunContext run, ulong format, ulong bytes, ReadOnlySpan<ulong> words)
    {
        int result = TextFormat.TryFormat(run, new ReadOnlySpan<byte>((void*)format, (int)bytes), words, out string text);
        if (result < 0)
        {
            return Answer.Of(result);
        }

        text = text.Length < MaxPrinted ? text : text[..(MaxPrinted - 1)];
        run.Print(text);
        return (ulong)Encoding.UTF8.GetByteCount(text);
    }

    private static ulong Format(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r5 % sizeof(ulong) != 0 || r5 > 12 * sizeof(ulong))
        {
            return Answer.Of(-Errno.Einval);
        }

        ReadOnlySpan<byte> format = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)r3);
        int result = TextFormat.TryFormat(
            run, format, new ReadOnlySpan<ulong>((void*)r4, (int)(r5 / sizeof(ulong))), out string text);
        if (result < 0)
        {
            return Answer.Of(result);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (r2 > 0)
        {
            Span<byte> to = new((void*)r1, (int)r2);
            int copied = Math.Min(bytes.Length, to.Length - 1);
            bytes.AsSpan(0, copied).CopyTo(to);
            to[copied] = 0;
        }

        return (ulong)bytes.Length + 1;
    }

    private static ulong Output(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (run.Map(r2) is not PerfEventArrayMap map || (r3 & ~(IndexMask | PacketMask)) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        ulong index = r3 & IndexMask;
        if (index != CurrentCpu && index >= map.Spec.MaxEntries)
        {
            return Answer.Of(-Errno.E2Big);
        }

        ulong packetBytes = (r3 & PacketMask) >> 32;
        if (packetBytes > (ulong)(run.DataEnd - run.Data))
        {
            return Answer.Of(-Errno.Efault);
        }

        return Answer.Of(map.Write(run.Cpu, (byte*)r4, r5, run.Data, packetBytes));
    }

    // There is no kernel stack, nor a user stack a program may see: the kernel's answer when walking one fails.
    private static ulong NoStack(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Answer.Of(-Errno.Efault);

    private static ulong NoStackMemory(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r2, (nuint)r3);
        return Answer.Of(-Errno.Efault);
    }

    private static ulong NoCounter(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Answer.Of(-Errno.Enoent);

    private static ulong NoCounterValue(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r3, (nuint)r4);
        return Answer.Of(-Errno.Enoent);
    }

    private static ulong Zero(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;
}
