using System.Collections.Immutable;

namespace BpfSharp.Hooks;

/// <summary>A helper function: a row of <see cref="HelperTable"/>.</summary>
/// <param name="Id">Number called (<c>enum bpf_func_id</c>).</param>
/// <param name="Name">Name without the <c>bpf_</c> prefix.</param>
/// <param name="Since">First Linux release that has it: major * 100 + minor.</param>
/// <param name="Return">What r0 is afterwards.</param>
/// <param name="ReturnType">C type of the result.</param>
/// <param name="Arguments">Arguments r1, r2 and so on; at most five.</param>
/// <param name="Traits">What it does besides returning.</param>
/// <param name="Description">What it is for, one sentence.</param>
/// <param name="ReturnBtfType">The kernel structure a typed result points to.</param>
public sealed record HelperInfo(
    int Id,
    string Name,
    ushort Since,
    HelperReturn Return,
    string ReturnType,
    ImmutableArray<HelperArgument> Arguments,
    HelperTraits Traits,
    string Description,
    string? ReturnBtfType = null)
{
    /// <summary>Whether it has all of the traits.</summary>
    public bool Has(HelperTraits traits) => (Traits & traits) == traits;

    /// <summary>Name as in C: <c>bpf_map_lookup_elem</c>.</summary>
    public string FullName => "bpf_" + Name;

    /// <inheritdoc/>
    public override string ToString() => $"{FullName}#{Id}";
}
