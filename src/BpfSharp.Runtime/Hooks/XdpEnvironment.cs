using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>XDP: <c>struct xdp_md</c> and a packet with room to grow, laid out as <c>BPF_PROG_TEST_RUN</c> does.</summary>
internal sealed class XdpEnvironment : RunEnvironment
{
    // struct xdp_md (include/uapi/linux/bpf.h).
    private const int DataOffset = 0;
    private const int DataEndOffset = 4;
    private const int DataMetaOffset = 8;
    private const int IngressInterfaceOffset = 12;
    private const int ReceiveQueueOffset = 16;
    private const int EgressInterfaceOffset = 20;
    private const int DeclaredBytes = 24;

    // The kernel's test run takes the loopback device, whose index is 1.
    private const uint DefaultInterface = 1;

    // The kernel's limit for metadata in front of the packet, bpf_xdp_adjust_meta.
    private const int MaxMetaBytes = 32;

    private static readonly ContextShape s_shape = new(
        DeclaredBytes,
        new WideField(DataOffset, 24, WideFieldRole.Data),
        new WideField(DataEndOffset, 32, WideFieldRole.DataEnd),
        new WideField(DataMetaOffset, 40, WideFieldRole.DataMeta));

    /// <inheritdoc/>
    public override ContextShape Shape => s_shape;

    /// <inheritdoc/>
    public override bool SuitsUncheckedRuns => true;

    /// <inheritdoc/>
    public override ulong Prepare(RunContext run, RunInput input)
    {
        ReadOnlySpan<byte> given = input.Context.Span;
        int metaBytes = 0;
        uint ingress = DefaultInterface;
        uint queue = 0;
        if (!given.IsEmpty)
        {
            if (given.Length > DeclaredBytes)
            {
                throw new ArgumentException($"the context has {given.Length} bytes; struct xdp_md has {DeclaredBytes}", nameof(input));
            }

            Span<byte> whole = stackalloc byte[DeclaredBytes];
            whole.Clear();
            given.CopyTo(whole);
            uint data = Field(whole, DataOffset);
            uint dataEnd = Field(whole, DataEndOffset);
            if (dataEnd != 0 && dataEnd != input.Packet.Length)
            {
                throw new ArgumentException($"data_end is {dataEnd}, the packet has {input.Packet.Length} bytes: let them be equal", nameof(input));
            }

            if (data > MaxMetaBytes || data % 4 != 0 || data > input.Packet.Length || Field(whole, DataMetaOffset) != 0)
            {
                throw new ArgumentException(
                    $"data is {data} and data_meta {Field(whole, DataMetaOffset)}: data_meta must be 0, and data the bytes of metadata (0 to {MaxMetaBytes}, in steps of 4)",
                    nameof(input));
            }

            metaBytes = (int)data;
            uint index = Field(whole, IngressInterfaceOffset);
            ingress = index == 0 ? DefaultInterface : index;
            queue = Field(whole, ReceiveQueueOffset);
        }

        run.Shape = s_shape;
        run.LinkBytes = 14;
        Span<byte> context = run.SizeContext(s_shape.NativeSize);
        context.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(context[IngressInterfaceOffset..], ingress);
        BinaryPrimitives.WriteUInt32LittleEndian(context[ReceiveQueueOffset..], queue);
        run.LayPacket(input.Packet.Span, metaBytes);
        return 0;
    }

    /// <inheritdoc/>
    public override unsafe RunResult Collect(RunContext run, RunInput input, ulong returnValue)
    {
        byte[] packet = new ReadOnlySpan<byte>(run.DataMeta, (int)(run.DataEnd - run.DataMeta)).ToArray();
        byte[] context = new byte[DeclaredBytes];
        ReadOnlySpan<byte> native = new(run.Context, DeclaredBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(DataOffset), (uint)(run.Data - run.DataMeta));
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(DataEndOffset), (uint)(run.DataEnd - run.DataMeta));
        native[IngressInterfaceOffset..EgressInterfaceOffset].CopyTo(context.AsSpan(IngressInterfaceOffset));
        return new RunResult
        {
            ReturnValue = returnValue,
            Packet = packet,
            Context = context,
            Redirection = returnValue == 4 ? run.PacketState.Redirection : null,
            Clones = run.PacketState.TakeClones(),
            Printed = run.Printed,
        };
    }

    private static uint Field(ReadOnlySpan<byte> context, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(context[offset..]);
}
