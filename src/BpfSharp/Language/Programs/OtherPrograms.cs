using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Runs at a hook of the security modules; a negative errno refuses.</summary>
/// <param name="hook">The hook, for example <c>file_open</c>.</param>
[BpfProgramKind(ProgramType.Lsm, "lsm/{0}",
    Target = "{0}", Attach = (int)AttachType.LsmMac, TypedParameters = true, DirectKernelReads = true, DefaultFault = -1)]
public sealed class LsmAttribute(string hook) : BpfProgramAttribute
{
    /// <summary>The hook, for example <c>file_open</c>.</summary>
    public string Hook { get; } = hook;
}

/// <summary>Runs at a hook of the security modules, for a cgroup.</summary>
/// <param name="hook">The hook.</param>
[BpfProgramKind(ProgramType.Lsm, "lsm_cgroup/{0}",
    Target = "{0}", Attach = (int)AttachType.LsmCgroup, TypedParameters = true, DirectKernelReads = true, DefaultFault = -1)]
public sealed class LsmCgroupAttribute(string hook) : BpfProgramAttribute
{
    /// <summary>The hook.</summary>
    public string Hook { get; } = hook;
}

/// <summary>Runs when user space asks for it, and may call bpf(2).</summary>
[BpfProgramKind(ProgramType.Syscall, "syscall")]
public sealed class SyscallAttribute : BpfProgramAttribute;

/// <summary>Replaces a global function of another program.</summary>
/// <param name="function">The function replaced.</param>
[BpfProgramKind(ProgramType.Extension, "freplace/{0}",
    Target = "{0}", TypedParameters = true, DirectKernelReads = true)]
public sealed class ExtensionAttribute(string function) : BpfProgramAttribute
{
    /// <summary>The function replaced.</summary>
    public string Function { get; } = function;
}

/// <summary>Decodes infrared signals.</summary>
[BpfProgramKind(ProgramType.LircMode2, "lirc_mode2", Attach = (int)AttachType.LircMode2)]
public sealed class LircMode2Attribute : BpfProgramAttribute;
