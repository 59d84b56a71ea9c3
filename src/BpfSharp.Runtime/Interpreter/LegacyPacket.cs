using System.Buffers.Binary;
using BpfSharp.Isa;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Packet access of classic BPF: big endian, and a read past the end ends the function with 0.</summary>
internal static unsafe class LegacyPacket
{
    // Negative offsets name another origin (include/uapi/linux/filter.h: SKF_NET_OFF, SKF_LL_OFF).
    private const int NetworkOrigin = -0x100000;
    private const int LinkOrigin = -0x200000;
    private const int EthernetHeaderBytes = 14;

    /// <summary>Loads; both engines call it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="op">One of the LD_ABS and LD_IND meanings.</param>
    /// <param name="imm">The immediate.</param>
    /// <param name="source">Source register, used by LD_IND.</param>
    /// <param name="value">What r0 becomes: the value, or 0.</param>
    /// <returns><see langword="false"/> if the packet ends before: the function returns.</returns>
    public static bool TryLoad(RunContext run, Op op, int imm, ulong source, out ulong value)
    {
        value = 0;
        if (run.Data == null)
        {
            run.Stop(FaultKind.NoPacket);
        }

        int bytes = op is Op.LdAbs8 or Op.LdInd8 ? 1 : op is Op.LdAbs16 or Op.LdInd16 ? 2 : 4;
        long offset = op is Op.LdInd8 or Op.LdInd16 or Op.LdInd32 ? (int)((uint)imm + (uint)source) : imm;
        if (offset < 0)
        {
            offset = offset >= NetworkOrigin
                ? offset - NetworkOrigin + run.LinkBytes
                : offset - LinkOrigin + run.LinkBytes - EthernetHeaderBytes;
        }

        // The link-layer header stands in front of the packet when the program begins at the network header.
        if (offset < run.LinkBytes - EthernetHeaderBytes || offset + bytes > run.DataEnd - run.Data)
        {
            return false;
        }

        ReadOnlySpan<byte> at = new(run.Data + offset, bytes);
        value = bytes switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(at),
            _ => BinaryPrimitives.ReadUInt32BigEndian(at),
        };
        return true;
    }
}
