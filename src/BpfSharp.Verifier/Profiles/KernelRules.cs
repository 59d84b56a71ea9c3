namespace BpfSharp.Verifier.Profiles;

/// <summary>How a kernel reasons where releases differ, read once per program: the walk asks at every instruction.</summary>
internal sealed class KernelRules(KernelProfile kernel)
{
    /// <summary>The target's release: major * 100 + minor.</summary>
    public int Release { get; } = kernel.Release;

    /// <summary>Whether a privileged program may read stack it never wrote.</summary>
    public bool UninitialisedStackReads { get; } = kernel.Has(KernelFeature.UninitialisedStackReads);

    /// <summary>Whether a comparison of two unknown numbers bounds both.</summary>
    public bool TwoRegisterBounds { get; } = kernel.Has(KernelFeature.TwoRegisterBounds);

    /// <summary>Whether "equal" and "not equal" are decided by ranges and single bits, not by constants alone.</summary>
    public bool EqualityByRange { get; } = kernel.Has(KernelFeature.EqualityByRange);

    /// <summary>Whether a number and its sum with a constant stay linked.</summary>
    public bool LinkedSums { get; } = kernel.Has(KernelFeature.LinkedSums);

    /// <summary>Whether that holds of negative constants, differences and sums in 32 bits too.</summary>
    public bool LinkedDifferences { get; } = kernel.Has(KernelFeature.LinkedDifferences);

    /// <summary>Whether a number and its copy on the stack stay linked.</summary>
    public bool LinkedSpills { get; } = kernel.Has(KernelFeature.LinkedSpills);

    /// <summary>Whether the known bits of a number are known after a byte swap too.</summary>
    public bool KnownByteSwaps { get; } = kernel.Has(KernelFeature.KnownByteSwaps);

    /// <summary>Whether a lookup with a constant key inside an array never gives null.</summary>
    public bool ConstantKeyLookups { get; } = kernel.Has(KernelFeature.ConstantKeyLookups);

    /// <summary>Whether the results of security hooks are checked.</summary>
    public bool LsmReturnRanges { get; } = kernel.Has(KernelFeature.LsmReturnRanges);

    /// <summary>Whether bind hooks may return flags beside 0 and 1.</summary>
    public bool BindFlags { get; } = kernel.Has(KernelFeature.BindFlags);

    /// <summary>Whether packet pointers survive calls of global functions that change no packet.</summary>
    public bool PacketEffectsOfGlobalFunctions { get; } = kernel.Has(KernelFeature.PacketEffectsOfGlobalFunctions);

    /// <summary>Whether only a guess of the processor that does something forbidden refuses no program.</summary>
    public bool SpeculationBarriers { get; } = kernel.Has(KernelFeature.SpeculationBarriers);

    /// <summary>Releases, ascending, that changed how programs are reasoned about: where a verdict can turn.</summary>
    public static int[] Turns { get; } =
    [
        .. KernelFeatureTable.All.Where(row => row.Feature is KernelFeature.UninitialisedStackReads or KernelFeature.TwoRegisterBounds
            or KernelFeature.EqualityByRange or KernelFeature.LinkedSums or KernelFeature.LinkedDifferences or KernelFeature.LinkedSpills or KernelFeature.KnownByteSwaps
            or KernelFeature.ConstantKeyLookups or KernelFeature.LsmReturnRanges
            or KernelFeature.BindFlags or KernelFeature.SpeculationBarriers or KernelFeature.PacketEffectsOfGlobalFunctions).Select(row => (int)row.Since).Distinct().Order(),
    ];

    /// <summary>The last of the turns a release has made: releases with the same one reason alike.</summary>
    public static int LastTurn(int release) => Turns.LastOrDefault(turn => turn <= release);
}
