namespace BpfSharp.Language;

/// <summary>A symbol of the kernel by name, as in <c>/proc/kallsyms</c>: its address, filled by the host at load.</summary>
/// <remarks>
/// Declare it as a <c>static readonly</c> field: <c>new("jiffies")</c>. Read what stands there with
/// <see cref="Bpf.ProbeReadKernel(Span{byte}, void*)"/>.
/// </remarks>
/// <param name="name">The symbol's name.</param>
/// <param name="isOptional">Whether its address is 0 on a kernel without it; else such a kernel refuses the object.</param>
[BpfConstant(Section = ".ksyms")]
public sealed class KernelSymbol(string name, bool isOptional = false) : ConstDeclaration
{
    /// <summary>The symbol's name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether its address is 0 on a kernel without it.</summary>
    public bool IsOptional { get; } = isOptional;

    /// <summary>The symbol's address, in a program.</summary>
    [BpfIntrinsic(BpfIntrinsicKind.DeclaredValue)]
    public ulong Address => Plain;

    /// <summary>What plain C# reads as the address.</summary>
    public ulong Plain { get; set; }
}
