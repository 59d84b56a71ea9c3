using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Helpers that read and write a packet's bytes and checksums.</summary>
internal static unsafe class PacketHelpers
{
    private const uint MaxOffset = 0xffff;
    private const int LinkHeaderBytes = 14;
    private const ulong StoreFlags = 3;
    private const ulong SizeMask = 0xf;
    private const ulong PseudoHeader = 0x10;
    private const ulong MangledZero = 0x20;
    private const ulong EnforceMangled = 0x40;
    private const ulong OverIPv6 = 0x80;
    private const ushort CheckMangledZero = 0xffff;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(9, "skb_store_bytes", Store),
        new(10, "l3_csum_replace", ReplaceL3),
        new(11, "l4_csum_replace", ReplaceL4),
        new(26, "skb_load_bytes", Load),
        new(28, "csum_diff", Difference),
        new(40, "csum_update", Update),
        new(68, "skb_load_bytes_relative", LoadRelative),
        new(135, "csum_level", Level),
        new(188, "xdp_get_buff_len", Length),
        new(189, "xdp_load_bytes", LoadXdp),
        new(190, "xdp_store_bytes", StoreXdp),
    ];

    /// <summary>Bytes of the packet.</summary>
    public static uint LengthOf(RunContext run) => (uint)(run.DataEnd - run.Data);

    /// <summary>Whether programs of the run's type may write the packet.</summary>
    public static bool MayWrite(RunContext run) => run.Program.Type
        is ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.LwtXmit or ProgramType.SkSkb;

    private static ulong Load(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Copy(run, 0, (uint)r2, (byte*)r3, (uint)r4);

    private static ulong LoadRelative(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r5 > 1)
        {
            NativeMemory.Clear((void*)r3, (uint)r4);
            return Answer.Of(-Errno.Efault);
        }

        // A program that begins at the network header has its link header just before its data, as in the kernel's test run.
        long origin = r5 == 1 ? run.LinkBytes : run.LinkBytes - LinkHeaderBytes;
        return Copy(run, origin, (uint)r2, (byte*)r3, (uint)r4);
    }

    private static ulong Copy(RunContext run, long origin, uint offset, byte* to, uint bytes)
    {
        long start = origin + offset;
        if (offset > int.MaxValue || run.Data + start < run.PacketBuffer || start + bytes > LengthOf(run))
        {
            NativeMemory.Clear(to, bytes);
            return Answer.Of(-Errno.Efault);
        }

        Buffer.MemoryCopy(run.Data + start, to, bytes, bytes);
        return 0;
    }

    private static ulong Store(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if ((r5 & ~StoreFlags) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        uint offset = (uint)r2;
        uint bytes = (uint)r4;
        if (offset > int.MaxValue || (ulong)offset + bytes > LengthOf(run))
        {
            return Answer.Of(-Errno.Efault);
        }

        Buffer.MemoryCopy((void*)r3, run.Data + offset, bytes, bytes);
        if ((r5 & SkbLayout.InvalidateHash) != 0)
        {
            SkbLayout.Set(run, SkbLayout.Hash, 0);
        }

        return 0;
    }

    private static ulong LoadXdp(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        long result = CheckXdp(run, (uint)r2, (uint)r4);
        if (result == 0)
        {
            Buffer.MemoryCopy(run.Data + (uint)r2, (void*)r3, (uint)r4, (uint)r4);
        }

        return Answer.Of(result);
    }

    private static ulong StoreXdp(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        long result = CheckXdp(run, (uint)r2, (uint)r4);
        if (result == 0)
        {
            Buffer.MemoryCopy((void*)r3, run.Data + (uint)r2, (uint)r4, (uint)r4);
        }

        return Answer.Of(result);
    }

    private static long CheckXdp(RunContext run, uint offset, uint bytes) =>
        offset > MaxOffset || bytes > MaxOffset ? -Errno.Efault
        : offset + bytes > LengthOf(run) ? -Errno.Einval
        : 0;

    private static ulong Length(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => LengthOf(run);

    private static ulong ReplaceL3(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint offset = (uint)r2;
        if ((r5 & ~SizeMask) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (offset > MaxOffset || offset % 2 != 0 || offset + 2 > LengthOf(run))
        {
            return Answer.Of(-Errno.Efault);
        }

        byte* check = run.Data + offset;
        switch (r5 & SizeMask)
        {
            case 0 when r3 == 0:
                Checksum.ReplaceByDifference(check, (uint)r4);
                return 0;
            case 2:
                Checksum.Replace2(check, (ushort)r3, (ushort)r4);
                return 0;
            case 4:
                Checksum.Replace4(check, (uint)r3, (uint)r4);
                return 0;
            default:
                return Answer.Of(-Errno.Einval);
        }
    }

    private static ulong ReplaceL4(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint offset = (uint)r2;
        if ((r5 & ~(SizeMask | PseudoHeader | MangledZero | EnforceMangled | OverIPv6)) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (offset > MaxOffset || offset % 2 != 0 || offset + 2 > LengthOf(run))
        {
            return Answer.Of(-Errno.Efault);
        }

        byte* check = run.Data + offset;
        if ((r5 & (MangledZero | EnforceMangled)) == MangledZero && *(ushort*)check == 0)
        {
            return 0;
        }

        switch (r5 & SizeMask)
        {
            case 0 when r3 == 0:
                Checksum.ReplaceByDifference(check, (uint)r4);
                break;
            case 2:
                Checksum.Replace4(check, (ushort)r3, (ushort)r4);
                break;
            case 4:
                Checksum.Replace4(check, (uint)r3, (uint)r4);
                break;
            default:
                return Answer.Of(-Errno.Einval);
        }

        if ((r5 & MangledZero) != 0 && *(ushort*)check == 0)
        {
            *(ushort*)check = CheckMangledZero;
        }

        return 0;
    }

    private static ulong Difference(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint fromBytes = (uint)r2;
        uint toBytes = (uint)r4;
        uint seed = (uint)r5;
        if (((fromBytes | toBytes) & 3) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        uint sum = seed;
        if (fromBytes > 0 && toBytes > 0)
        {
            sum = Checksum.Subtract(
                Checksum.Partial((byte*)r3, toBytes, seed), Checksum.Partial((byte*)r1, fromBytes, 0));
        }
        else if (toBytes > 0)
        {
            sum = Checksum.Partial((byte*)r3, toBytes, seed);
        }
        else if (fromBytes > 0)
        {
            sum = ~Checksum.Partial((byte*)r1, fromBytes, ~seed);
        }

        return Checksum.To16(sum);
    }

    // No packet here carries a checksum that hardware computed.
    private static ulong Update(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Answer.Of(-Errno.Enotsupp);

    private static ulong Level(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => r2 switch
    {
        0 => Answer.Of(-Errno.Eacces),
        1 or 2 or 3 => 0,
        _ => Answer.Of(-Errno.Einval),
    };
}
