using System.Runtime.CompilerServices;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Offsets in <c>struct __sk_buff</c> (<c>include/uapi/linux/bpf.h</c>) that helpers and hooks use.</summary>
internal static unsafe class SkbLayout
{
    public const int Length = 0;
    public const int PacketType = 4;
    public const int Mark = 8;
    public const int Protocol = 16;
    public const int VlanPresent = 20;
    public const int VlanTci = 24;
    public const int VlanProtocol = 28;
    public const int Priority = 32;
    public const int IngressInterface = 36;
    public const int Interface = 40;
    public const int ControlBlock = 48;
    public const int Hash = 68;
    public const int Family = 88;
    public const int RemoteIP4 = 92;
    public const int LocalIP4 = 96;
    public const int RemoteIP6 = 100;
    public const int LocalIP6 = 116;
    public const int Timestamp = 152;
    public const int WireLength = 160;
    public const int GsoSegments = 164;
    public const int GsoSize = 176;
    public const int HardwareTimestamp = 184;
    public const int Size = 192;

    /// <summary>Flag of <c>skb_store_bytes</c>: the hash is to be computed anew.</summary>
    public const ulong InvalidateHash = 2;

    /// <summary>A 32-bit field.</summary>
    public static uint Get(RunContext run, int offset) => Unsafe.ReadUnaligned<uint>(run.Context + offset);

    /// <summary>Sets a 32-bit field.</summary>
    public static void Set(RunContext run, int offset, uint value) => Unsafe.WriteUnaligned(run.Context + offset, value);
}
