namespace BpfSharp.Language;

/// <summary>The type is a program's context: compiled, a value of it is the kernel's context pointer and nothing else.</summary>
/// <remarks>
/// Whatever fields the type has serve plain C# alone. Its members compile by <see cref="BpfContextFieldAttribute"/>,
/// <see cref="BpfHelperCallAttribute"/>, <see cref="BpfIntrinsicAttribute"/> or <see cref="BpfBodyAttribute"/>; bodies that use none of its
/// fields compile as they are.
/// </remarks>
/// <param name="kernelType">The kernel's struct, for example <c>xdp_md</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class BpfContextAttribute(string kernelType) : Attribute
{
    /// <summary>The kernel's struct.</summary>
    public string KernelType { get; } = kernelType;
}
