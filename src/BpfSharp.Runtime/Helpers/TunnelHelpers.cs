using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Tunnel metadata: none comes with a replayed packet; what a program sets for sending is kept with the run.</summary>
internal static unsafe class TunnelHelpers
{
    private const ulong SetFlags = 0x1f;
    private const ulong IPv6Flag = 1;
    private const int LabelOffset = 24;
    private const int MaxOptions = 255;

    // Sizes of struct bpf_tunnel_key that programs of all ages give.
    private static readonly int[] s_keySizes = [8, 22, 24, 28, 44];

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(20, "skb_get_tunnel_key", GetKey),
        new(21, "skb_set_tunnel_key", SetKey),
        new(29, "skb_get_tunnel_opt", GetOptions),
        new(30, "skb_set_tunnel_opt", SetOptions),
    ];

    private static ulong GetKey(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r2, (uint)r3);
        return Answer.Of(-Errno.Einval);
    }

    private static ulong SetKey(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ReadOnlySpan<byte> key = new((void*)r2, (int)(uint)r3);
        bool hasLabel = key.Length >= LabelOffset + 4 && key.Slice(LabelOffset, 4).IndexOfAnyExcept((byte)0) >= 0;
        if ((r4 & ~SetFlags) != 0 || Array.IndexOf(s_keySizes, key.Length) < 0 || (hasLabel && (r4 & IPv6Flag) == 0))
        {
            return Answer.Of(-Errno.Einval);
        }

        run.PacketState.TunnelKey = key.ToArray();
        return 0;
    }

    private static ulong GetOptions(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r2, (uint)r3);
        return Answer.Of(-Errno.Enoent);
    }

    private static ulong SetOptions(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (run.PacketState.TunnelKey.Length == 0 || r3 % 4 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (r3 > MaxOptions)
        {
            return Answer.Of(-Errno.Enomem);
        }

        run.PacketState.TunnelOptions = new ReadOnlySpan<byte>((void*)r2, (int)r3).ToArray();
        return 0;
    }
}
