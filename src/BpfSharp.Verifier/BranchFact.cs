namespace BpfSharp.Verifier;

/// <summary>Which ways of a conditional jump some path takes.</summary>
[Flags]
public enum BranchFact : byte
{
    /// <summary>Never reached, or not a conditional jump.</summary>
    None = 0,
    /// <summary>Some path goes on with the next instruction.</summary>
    FallsThrough = 1,
    /// <summary>Some path jumps.</summary>
    Jumps = 2,
    /// <summary>Both ways.</summary>
    Both = FallsThrough | Jumps,
}
