using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>An attachment that somebody else made: a link found by its id or pin.</summary>
/// <param name="Id">The link's id.</param>
[SupportedOSPlatform("linux")]
public sealed record OpenedLink(uint Id) : KernelAttachPoint
{
    internal override KernelLink AttachProgram(KernelProgram program) =>
        throw Absent(program, "it is an attachment already", "name the hook, or replace the link's program by Update");

    internal static KernelLink Take(BpfHandle handle) => BpfLink.Of(handle, new OpenedLink(LinkInfo.Read(handle).Id));
}
