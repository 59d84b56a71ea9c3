using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>Flow dissectors: a packet from its Ethernet header on, and the <c>struct bpf_flow_keys</c> they fill, which is the result.</summary>
internal sealed class FlowDissectorEnvironment : RunEnvironment
{
    private const int EthernetBytes = 14;

    // struct __sk_buff, as far as these programs see it, and struct bpf_flow_keys (include/uapi/linux/bpf.h).
    private const int DeclaredBytes = 192;
    private const int FlowKeysOffset = 144;
    private const int KeysBytes = 56;
    private const int NetworkOffset = 0;
    private const int TransportOffset = 2;
    private const int ProtocolOffset = 10;
    private const int FlagsOffset = 48;

    // The keys stand behind the context's pointers, so that the context is all the memory a program gets.
    private const int KeysPlace = 208;

    private static readonly ContextShape s_shape = new(
        DeclaredBytes, new WideField(76, 192, WideFieldRole.Data), new WideField(80, 200, WideFieldRole.DataEnd));

    /// <inheritdoc/>
    public override ContextShape Shape => s_shape;

    /// <inheritdoc/>
    public override bool SuitsUncheckedRuns => true;

    /// <inheritdoc/>
    public override unsafe ulong Prepare(RunContext run, RunInput input)
    {
        ReadOnlySpan<byte> packet = input.Packet.Span;
        if (packet.Length < EthernetBytes)
        {
            throw new ArgumentException($"the packet has {packet.Length} bytes; a flow dissector needs an Ethernet header of {EthernetBytes}", nameof(input));
        }

        run.Shape = s_shape;
        run.LinkBytes = EthernetBytes;
        Span<byte> context = run.SizeContext(KeysPlace + KeysBytes);
        context.Clear();
        Span<byte> keys = context[KeysPlace..];
        BinaryPrimitives.WriteUInt16LittleEndian(keys[NetworkOffset..], EthernetBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(keys[TransportOffset..], EthernetBytes);
        packet.Slice(12, 2).CopyTo(keys[ProtocolOffset..]);
        TakeFlags(input, keys);
        *(byte**)(run.Context + FlowKeysOffset) = run.Context + KeysPlace;
        run.LayPacket(packet, hiddenBytes: 0);
        return 0;
    }

    /// <inheritdoc/>
    public override unsafe RunResult Collect(RunContext run, RunInput input, ulong returnValue)
    {
        byte[] keys = new ReadOnlySpan<byte>(run.Context + KeysPlace, KeysBytes).ToArray();

        // The kernel keeps both offsets inside the packet, whatever the program says.
        ushort length = (ushort)Math.Min(input.Packet.Length, ushort.MaxValue);
        ushort network = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(keys), (ushort)EthernetBytes, length);
        ushort transport = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(keys.AsSpan(TransportOffset)), network, length);
        BinaryPrimitives.WriteUInt16LittleEndian(keys, network);
        BinaryPrimitives.WriteUInt16LittleEndian(keys.AsSpan(TransportOffset), transport);
        return new RunResult { ReturnValue = returnValue, Packet = keys, Context = input.Context, Printed = run.Printed };
    }

    private static void TakeFlags(RunInput input, Span<byte> keys)
    {
        ReadOnlySpan<byte> given = input.Context.Span;
        if (given.IsEmpty)
        {
            return;
        }

        if (given.Length > KeysBytes)
        {
            throw new ArgumentException($"the context has {given.Length} bytes; struct bpf_flow_keys has {KeysBytes}", nameof(input));
        }

        Span<byte> rest = stackalloc byte[KeysBytes];
        rest.Clear();
        given.CopyTo(rest);
        rest.Slice(FlagsOffset, 4).CopyTo(keys[FlagsOffset..]);
        rest.Slice(FlagsOffset, 4).Clear();
        int set = rest.IndexOfAnyExcept((byte)0);
        if (set >= 0)
        {
            throw new ArgumentException($"byte {set} of the context is set; a run may set the flags only (bytes {FlagsOffset} to {FlagsOffset + 3})", nameof(input));
        }
    }
}
