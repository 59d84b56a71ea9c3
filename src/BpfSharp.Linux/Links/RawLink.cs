using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Any BPF link by its numbers: for hooks this library has no record for yet.</summary>
/// <param name="AttachTypeNumber">The kernel's <c>enum bpf_attach_type</c>.</param>
/// <param name="Target">Descriptor or interface number; 0 if the hook has none.</param>
/// <param name="Flags">Flags of the command.</param>
[SupportedOSPlatform("linux")]
public sealed record RawLink(uint AttachTypeNumber, uint Target = 0, uint Flags = 0) : KernelAttachPoint
{
    private const int CommonBytes = 16;

    /// <summary>What follows the four common words of <c>link_create</c>, at most 48 bytes.</summary>
    public ImmutableArray<byte> Rest { get; init; } = [];

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<LinkCreateAttr>(ref attr));
        if (Rest.Length > bytes.Length - CommonBytes)
        {
            throw new ArgumentException($"at most {bytes.Length - CommonBytes} bytes follow the common words, not {Rest.Length}");
        }

        Rest.AsSpan().CopyTo(bytes[CommonBytes..]);
        attr.ProgFd = (uint)program.FileDescriptor;
        attr.TargetFd = Target;
        attr.AttachType = AttachTypeNumber;
        attr.Flags = Flags;
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno);
    }
}
