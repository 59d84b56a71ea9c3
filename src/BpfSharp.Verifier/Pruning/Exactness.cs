namespace BpfSharp.Verifier.Pruning;

/// <summary>How alike two states must be.</summary>
internal enum Exactness : byte
{
    /// <summary>What mattered so far of the old one must hold in the new one.</summary>
    Subset,
    /// <summary>As <see cref="Subset"/>, but what will matter is not known yet: every range counts.</summary>
    RangeWithin,
    /// <summary>Equal: nothing has moved.</summary>
    Equal,
}
