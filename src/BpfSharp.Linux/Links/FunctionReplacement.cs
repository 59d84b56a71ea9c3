using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>A global function of another program, replaced by this one (freplace).</summary>
/// <param name="Target">The program with the function.</param>
/// <param name="FunctionTypeId">The function in that program's BTF; 0 for the one given at load.</param>
[SupportedOSPlatform("linux")]
public sealed record FunctionReplacement(KernelProgram Target, uint FunctionTypeId = 0) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program)
    {
        LinkCreateAttr attr = new()
        {
            ProgFd = (uint)program.FileDescriptor,
            TargetFd = FunctionTypeId == 0 ? 0 : (uint)Target.FileDescriptor,
            TargetBtfId = FunctionTypeId,
        };
        return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno,
            "the function must be global, with the same signature, and not replaced already");
    }
}
