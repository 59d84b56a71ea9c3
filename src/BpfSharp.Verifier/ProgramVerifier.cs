using System.Collections.Immutable;
using System.Diagnostics;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Walk;

namespace BpfSharp.Verifier;

/// <summary>Decides, before a program runs, whether it ends, stays in its memory and follows the rules of its hook.</summary>
public static class ProgramVerifier
{
    /// <summary>Judges one program of an object.</summary>
    /// <param name="obj">The object: its maps, globals and types.</param>
    /// <param name="program">The program; linked.</param>
    /// <param name="options">How to judge; <see langword="null"/> for the defaults.</param>
    /// <returns>The verdict; never throws for what the program holds.</returns>
    public static VerificationResult Verify(BpfObject obj, ProgramSpec program, VerifierOptions? options = null) =>
        KernelAnswer.Find(obj, program, options ?? VerifierOptions.Default);

    /// <summary>As the public one, and gives the claims when the options ask for them.</summary>
    internal static VerificationResult Verify(
        BpfObject obj, ProgramSpec program, VerifierOptions options, out ClaimRecorder? claims)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(program);
        long start = Stopwatch.GetTimestamp();
        PathWalker? walker = null;
        claims = options.RecordClaims ? new ClaimRecorder(program.Instructions.Length) : null;
        try
        {
            ProgramContext context = new(obj, program, options);
            walker = new PathWalker(context) { Claims = claims };
            walker.Run();
            VerificationStatistics statistics = Statistics(walker, start);
            VerifiedProgram proof = Proof(context, walker);
            return new VerificationResult(Verdict.Accepted, walker.CheckedFindings, proof, statistics) { Needs = walker.Needs };
        }
        catch (Rejection rejection)
        {
            Finding finding = FindingBuilder.Build(rejection, obj, program, walker, options);
            return new VerificationResult(Verdict.Rejected, ImmutableArray.Create(finding), null, Statistics(walker, start))
            {
                Needs = walker?.Needs ?? [],
            };
        }
        catch (NotModelledException missing)
        {
            Finding finding = new()
            {
                Id = missing.Id,
                Program = program.Name,
                Slot = missing.Slot,
                Source = missing.Slot >= 0 ? program.FindLine(missing.Slot)?.Source : null,
                Message = missing.Id == FindingIds.NotModelled ? $"not judged: this verifier does not model {missing.Message}" : missing.Message,
            };
            return new VerificationResult(Verdict.NotJudged, ImmutableArray.Create(finding), null, Statistics(walker, start));
        }
    }

    private static VerifiedProgram Proof(ProgramContext context, PathWalker walker)
    {
        int[] maps = walker.CallMaps;
        ImmutableArray<int> callMaps = [.. maps.Select(m => m < 0 ? -1 : m)];
        ProgramFacts facts = new(
            [.. walker.Reached], [.. walker.Branches], callMaps, StackDepth.Check(context.Code, context), walker.NeedsFuel,
            walker.CheckedAccesses);
        return new VerifiedProgram(
            context.Spec.Name, context.Spec.Instructions, [.. context.Object.Maps.Select(m => m.Clone())], context.Options.Mode, facts);
    }

    private static VerificationStatistics Statistics(PathWalker? walker, long start) => walker is null
        ? default
        : new(walker.Processed, walker.TotalStates, walker.PeakStates, Stopwatch.GetElapsedTime(start));
}
