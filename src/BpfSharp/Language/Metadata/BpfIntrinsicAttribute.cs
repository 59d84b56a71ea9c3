namespace BpfSharp.Language;

/// <summary>The compiler knows the method: it emits its meaning instead of its body.</summary>
/// <param name="kind">Which meaning.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor)]
public sealed class BpfIntrinsicAttribute(BpfIntrinsicKind kind) : Attribute
{
    /// <summary>Which meaning.</summary>
    public BpfIntrinsicKind Kind { get; } = kind;
}
