namespace BpfSharp.Language;

/// <summary>The method is a call of a kernel function (kfunc) by name; arguments as for <see cref="BpfHelperCallAttribute"/>.</summary>
/// <param name="name">The kernel's name of it.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BpfKfuncAttribute(string name) : Attribute
{
    /// <summary>The kernel's name of it.</summary>
    public string Name { get; } = name;

    /// <summary>Whether a kernel without it is accepted (its address is then 0).</summary>
    public bool IsWeak { get; set; }
}
