namespace BpfSharp.Verifier.Profiles;

/// <summary>Something of a program that kernels have only since a release.</summary>
/// <param name="Since">First release: major * 100 + minor.</param>
/// <param name="What">What it is.</param>
/// <param name="Slot">First instruction that needs it; -1 if it is the program as a whole.</param>
public sealed record KernelRequirement(int Since, string What, int Slot)
{
    /// <inheritdoc/>
    public override string ToString() => $"{What} needs Linux {KernelProfile.FormatRelease(Since)}";
}
