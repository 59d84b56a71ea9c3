namespace BpfSharp.Verifier;

/// <summary>What the verifier decided.</summary>
public enum Verdict : byte
{
    /// <summary>Not decided: the program uses something this verifier does not model, or a limit of ours was reached.</summary>
    NotJudged,
    /// <summary>Every path was proved safe.</summary>
    Accepted,
    /// <summary>At least one path breaks a rule; the findings say which.</summary>
    Rejected,
}
