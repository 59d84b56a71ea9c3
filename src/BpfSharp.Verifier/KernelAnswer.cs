using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Verifier;

/// <summary>Joins the walk's verdict with what the target kernel lacks, and says which release first accepts the program.</summary>
internal static class KernelAnswer
{
    public static VerificationResult Find(BpfObject obj, ProgramSpec program, VerifierOptions options)
    {
        VerificationResult walked = ProgramVerifier.Verify(obj, program, options, out _);
        if (options.Mode == VerifierMode.InProcess)
        {
            return walked;
        }

        ImmutableArray<KernelRequirement> needs = Needs(obj, program, walked);
        ImmutableArray<Finding> missing = KernelRequirements.Check(program, options.Kernel, needs);
        int lowest = needs is [var latest, ..] ? latest.Since : KernelRequirements.FirstRelease;
        if (walked.IsAccepted && missing.IsEmpty)
        {
            return new(Verdict.Accepted, walked.Findings, walked.Program, walked.Statistics)
            {
                Requirements = needs,
                FirstRelease = options.FindFirstRelease ? FirstAccepting(obj, program, options, lowest, options.Kernel.Release) : 0,
            };
        }

        // A newer kernel may follow what this one cannot: the walk of each release that changed the rules says which.
        int first = walked.IsAccepted || options.FindFirstRelease || options.Kernel.Release < KernelProfile.Latest.Release
            ? FirstAccepting(obj, program, options, lowest, 0)
            : 0;
        Verdict verdict = missing.IsEmpty ? walked.Verdict : Verdict.Rejected;
        ImmutableArray<Finding> own = walked.IsAccepted || (first > 0 && !missing.IsEmpty) ? [] : walked.Findings;
        return new(verdict, [.. missing, .. own.Select(f => Advise(f, options.Kernel, first))], null, walked.Statistics)
        {
            Requirements = needs,
            FirstRelease = first,
        };
    }

    // Calls on paths that are never taken need nothing.
    private static ImmutableArray<KernelRequirement> Needs(BpfObject obj, ProgramSpec program, VerificationResult walked)
    {
        IEnumerable<KernelRequirement> written = KernelRequirements.Find(obj, program);
        if (walked.Program is { } proof)
        {
            written = written.Where(r => !r.OnlyWhenReached || r.Slot < 0 || proof.Facts.Reached[r.Slot]);
        }

        return [.. written.Concat(walked.Needs).OrderByDescending(r => r.Since).ThenBy(r => r.Slot)];
    }

    // The first release not before the lowest whose rules accept; known is one that does, or 0.
    private static int FirstAccepting(BpfObject obj, ProgramSpec program, VerifierOptions options, int lowest, int known)
    {
        IEnumerable<int> releases = KernelRules.Turns.Where(r => r > lowest && r <= KernelProfile.Latest.Release).Prepend(lowest);
        foreach (int release in releases)
        {
            if (release == known || (known > 0 && KernelRules.LastTurn(release) == KernelRules.LastTurn(known)))
            {
                return release;
            }

            KernelProfile profile = new(KernelProfile.FormatRelease(release), release, false);
            VerifierOptions older = options with
            {
                Kernel = profile,
                KernelTypes = options.KernelTypes ?? options.Kernel.Types,
                Explain = false,
            };
            if (ProgramVerifier.Verify(obj, program, older, out _).IsAccepted)
            {
                return release;
            }
        }

        return 0;
    }

    private static Finding Advise(Finding finding, KernelProfile kernel, int first) => first <= kernel.Release ? finding : finding with
    {
        Message = $"{finding.Message} (on {kernel.Name})",
        Suggestion = $"{(finding.Suggestion is { } step ? step + "; " : "")}Linux {KernelProfile.FormatRelease(first)} is the first that accepts it as it is",
    };
}
