using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Put on an attribute class: methods that carry that attribute are programs of this kind.</summary>
/// <remarks>
/// In <see cref="Section"/> and <see cref="Target"/>, <c>{0}</c>, <c>{1}</c> … stand for the constructor arguments of the
/// attribute as written (enum members by name, lower case). Named arguments of the attribute that the compiler reads: <c>Name</c>
/// (symbol), <c>OnFault</c> (an integer or enum: what the program returns where C# would throw), <c>Sleepable</c>,
/// <c>AutoLoad</c>, <c>Flags</c> (program flags), <c>Section</c> (replaces the whole name).
/// </remarks>
/// <param name="type">Program type.</param>
/// <param name="section">ELF section name.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BpfProgramKindAttribute(ProgramType type, string section) : Attribute
{
    /// <summary>Program type.</summary>
    public ProgramType Type { get; } = type;

    /// <summary>ELF section name, with places for arguments.</summary>
    public string Section { get; } = section;

    /// <summary>Attach target (what follows the section's prefix), with places for arguments; empty for none.</summary>
    public string Target { get; set; } = "";

    /// <summary>Hook; -1 for none.</summary>
    public int Attach { get; set; } = -1;

    /// <summary>Flags that the kind always has.</summary>
    public uint Flags { get; set; }

    /// <summary>Whether the parameters are the hook's typed arguments, 8 bytes each in the context (fentry, LSM, tp_btf …).</summary>
    public bool TypedParameters { get; set; }

    /// <summary>Whether kernel memory is read through typed pointers directly (BTF); else reads become probe reads.</summary>
    public bool DirectKernelReads { get; set; }

    /// <summary>What a fault returns when the attribute says nothing.</summary>
    public long DefaultFault { get; set; }
}
