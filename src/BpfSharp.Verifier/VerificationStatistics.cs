namespace BpfSharp.Verifier;

/// <summary>What a verification cost.</summary>
/// <param name="ProcessedInstructions">Instructions walked over all paths.</param>
/// <param name="TotalStates">States saved for pruning.</param>
/// <param name="PeakStates">States kept at once.</param>
/// <param name="Elapsed">Wall time.</param>
public readonly record struct VerificationStatistics(
    long ProcessedInstructions, int TotalStates, int PeakStates, TimeSpan Elapsed);
