using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Verifier.Walk;

namespace BpfSharp.Verifier.Findings;

/// <summary>Makes the finding a user reads of the rejection the walk ended with.</summary>
internal static class FindingBuilder
{
    public static Finding Build(Rejection rejection, BpfObject obj, ProgramSpec program, PathWalker? walker, VerifierOptions options)
    {
        List<string> facts = [.. rejection.Facts];
        if (options.Explain && walker is not null && rejection.Slot == walker.Slot)
        {
            facts.AddRange(PathTrace.Explain(walker.Code, obj, program, walker.State, rejection.Slot, rejection.Id));
        }

        return new Finding
        {
            Id = rejection.Id,
            Program = program.Name,
            Slot = rejection.Slot,
            Source = rejection.Slot >= 0 ? program.FindLine(rejection.Slot)?.Source : null,
            Message = rejection.Message,
            Suggestion = rejection.Suggestion ?? FindingCatalog.FindNextStep(rejection.Id),
            Facts = [.. facts],
        };
    }
}
