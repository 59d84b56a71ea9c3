namespace BpfSharp.Linux.Features;

/// <summary>What a probe found.</summary>
public enum FeatureOutcome
{
    /// <summary>The kernel has it, shown by using it.</summary>
    Available,
    /// <summary>The kernel has it not, or forbids it.</summary>
    Missing,
    /// <summary>The probe could not tell.</summary>
    Unknown,
}

/// <summary>Kinds of features.</summary>
public enum FeatureKind
{
    /// <summary>A program type.</summary>
    ProgramType,
    /// <summary>A map type.</summary>
    MapType,
    /// <summary>A helper, in programs of one type.</summary>
    Helper,
    /// <summary>Something else the kernel can do.</summary>
    Ability,
}

/// <summary>One feature and what a probe of this kernel found.</summary>
/// <param name="Kind">Kind of feature.</param>
/// <param name="Name">Its name.</param>
/// <param name="Outcome">What was found.</param>
/// <param name="Reason">Why: the errno, the option, the rule. Empty when available.</param>
/// <param name="Since">First Linux release that has it, for example <c>5.8</c>; empty if not known.</param>
public sealed record Feature(FeatureKind Kind, string Name, FeatureOutcome Outcome, string Reason, string Since);
