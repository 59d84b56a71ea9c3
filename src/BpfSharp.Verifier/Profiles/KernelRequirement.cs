using BpfSharp.Btf;

namespace BpfSharp.Verifier.Profiles;

/// <summary>Something of a program that kernels have only since a release.</summary>
/// <param name="Since">First release: major * 100 + minor.</param>
/// <param name="What">What it is.</param>
/// <param name="Slot">First instruction that needs it; -1 if it is the program as a whole.</param>
public sealed record KernelRequirement(int Since, string What, int Slot)
{
    /// <summary>Whether only a path that reaches the instruction needs it: a call behind a test of the kernel's release does not.</summary>
    internal bool OnlyWhenReached { get; init; }

    /// <summary>Where the kernel's own types tell whether it is there: an enumeration and a value in it; else null.</summary>
    internal (string Enumeration, long Value)? Enumerator { get; init; }

    /// <summary>A function of the kernel that it is; else null.</summary>
    internal string? Function { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{What} needs Linux {KernelProfile.FormatRelease(Since)}";

    /// <summary>Whether a kernel has it. Its types, where known, say more than its release: distributions carry things back.</summary>
    internal bool IsMet(KernelProfile kernel)
    {
        if (kernel.Types is { } types)
        {
            if (Function is not null)
            {
                return types.Find(Function, BtfKind.Function) != 0;
            }

            if (Enumerator is { } wanted && types.Find(wanted.Enumeration, BtfKind.Enum) is > 0 and int id)
            {
                return HasValue(types[id].Enumerators, wanted.Value);
            }
        }

        return Since <= kernel.Release;
    }

    // The end of an enumeration (__MAX_BPF_...) is no member of it.
    private static bool HasValue(BtfList<BtfEnumerator> enumerators, long value)
    {
        for (int i = 0; i < enumerators.Count; i++)
        {
            if (enumerators[i].Value == value && !enumerators[i].Name.StartsWith("__", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
