namespace BpfSharp.Language;

/// <summary>The generic class or struct declares a constant that is set before load: a static readonly field of it is a variable of <c>.rodata</c>.</summary>
/// <remarks>
/// Its type argument is the variable's type, the first constructor argument (if any) its first value. The value is read with
/// <see cref="BpfIntrinsicKind.DeclaredValue"/>. With <see cref="Section"/> <c>.kconfig</c> or <c>.ksyms</c> the first constructor
/// argument is instead the kernel's name.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class BpfConstantAttribute : Attribute
{
    /// <summary>Section of the variable.</summary>
    public string Section { get; set; } = ".rodata";
}
