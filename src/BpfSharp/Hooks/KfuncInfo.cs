using System.Collections.Immutable;

namespace BpfSharp.Hooks;

/// <summary>A kernel function programs may call: a row of <see cref="KfuncTable"/>.</summary>
/// <param name="Name">Name in C.</param>
/// <param name="Since">First Linux release that has it: major * 100 + minor.</param>
/// <param name="Types">Program types that may call it; empty for all.</param>
/// <param name="Traits">What it demands and does.</param>
/// <remarks>The prototype is in the BTF of the kernel, and of an object that declares the function.</remarks>
public sealed record KfuncInfo(string Name, ushort Since, ImmutableArray<ProgramType> Types, KfuncTraits Traits)
{
    /// <summary>Whether it has all of the traits.</summary>
    public bool Has(KfuncTraits traits) => (Traits & traits) == traits;

    /// <summary>Whether programs of a type may call it.</summary>
    public bool Allows(ProgramType type) => Types.IsEmpty || Types.Contains(type);
}
