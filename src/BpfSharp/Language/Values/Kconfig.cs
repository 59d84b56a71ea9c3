namespace BpfSharp.Language;

/// <summary>A value of the kernel's configuration, filled by the host at load.</summary>
/// <remarks>Declare it as a <c>static readonly</c> field: <c>new("CONFIG_HZ")</c>, <c>new("LINUX_KERNEL_VERSION")</c>.</remarks>
/// <typeparam name="T">A number, a <see langword="bool"/> or an array of bytes, as the value is.</typeparam>
/// <param name="name">The value's name.</param>
/// <param name="isOptional">Whether it reads as zero on a kernel that does not set it; else such a kernel refuses the object.</param>
[BpfConstant(Section = ".kconfig")]
public sealed class Kconfig<T>(string name, bool isOptional = false) : ConstDeclaration where T : unmanaged
{
    /// <summary>The value's name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it reads as zero on a kernel that does not set it.</summary>
    public bool IsOptional { get; } = isOptional;

    /// <summary>The value, in a program.</summary>
    [BpfIntrinsic(BpfIntrinsicKind.DeclaredValue)]
    public T Value => Plain;

    /// <summary>What plain C# reads.</summary>
    public T Plain { get; set; }

    /// <summary>The value, in a program.</summary>
    /// <param name="declaration">The declaration.</param>
    public static implicit operator T(Kconfig<T> declaration)
    {
        return declaration.Value;
    }
}
