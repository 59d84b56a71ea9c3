using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>A program by its ELF section, for hooks without an attribute of their own.</summary>
/// <param name="name">The section as libbpf spells it, for example <c>xdp</c> or <c>kprobe/do_unlinkat</c>.</param>
[BpfProgramKind(ProgramType.Unspecified, "{0}")]
public sealed class SectionAttribute(string name) : BpfProgramAttribute
{
    /// <summary>The section.</summary>
    public string SectionName { get; } = name;
}
