namespace BpfSharp.Language;

/// <summary>The struct stands for a type of the kernel: accesses are relocated by name, its layout in C# is irrelevant.</summary>
/// <param name="name">The kernel's name, for example <c>task_struct</c>.</param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class BtfTypeAttribute(string name) : Attribute
{
    /// <summary>The kernel's name.</summary>
    public string Name { get; } = name;
}
