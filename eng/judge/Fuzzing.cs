using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier;
using BpfSharp.Verifier.Tests.Cases;
using BpfSharp.Verifier.Tests.Fuzz;

namespace BpfSharp.Judge;

/// <summary>Programs nobody wrote: our verdict against the running kernel's.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Fuzzing(BtfFile? types, int cpus, bool strict)
{
    private readonly VerifierOptions _options = new()
    {
        KernelTypes = types,
        PossibleCpus = cpus,
        Mode = strict ? VerifierMode.UnprivilegedStrict : VerifierMode.Kernel,
        TimeLimit = TimeSpan.FromSeconds(20),
    };

    private readonly SortedDictionary<string, int> _refusals = [];
    private int _judged, _accepted, _environment, _falseAccepts, _falseRejects, _other, _class;

    /// <summary>Random programs of a range of seeds.</summary>
    public void Wild(int first, int count)
    {
        for (int seed = first; seed < first + count; seed++)
        {
            Compare($"wild {seed}", WildProgram.Make(seed));
        }

        Write();
    }

    /// <summary>Mutants of the project's own cases, or of recorded programs.</summary>
    public void Mutants(IReadOnlyList<(string Name, BpfObject Object, ProgramSpec Spec)> programs, int seed, int count)
    {
        for (int k = 0; k < count; k++)
        {
            Random random = new((seed * 1_000_003) + k);
            (string name, BpfObject obj, ProgramSpec spec) = programs[random.Next(programs.Count)];
            Compare($"mutant {(seed * 1_000_003) + k} of {name}", Mutation.Of(obj, spec, random));
        }

        Write();
    }

    public static List<(string Name, BpfObject Object, ProgramSpec Spec)> OwnCases() =>
        [.. VerifierCase.ReadAll().Where(c => c.Id != "BPF2402" && !c.IsStrict).Select(c => (c.ToString(), c.Object, c.Spec))];

    /// <summary>The kernel's whole log, and what ours says.</summary>
    public void Show(BpfObject obj, uint level = 2)
    {
        LiveVerdict kernel = LiveVerdict.Ask(obj, strict, level);
        Console.WriteLine(string.Join('\n', Disassembler.FormatAll(obj.Programs[0].Instructions.AsMemory())));
        Console.WriteLine(kernel.Log);
        Console.WriteLine($"kernel {kernel.Verdict} {kernel.Finding}");
        VerificationResult ours = ProgramVerifier.Verify(obj, obj.Programs[0], _options);
        Console.WriteLine($"ours {ours.Verdict} {string.Join('\n', ours.Findings)}");
    }

    private void Compare(string name, BpfObject obj)
    {
        ProgramSpec spec = obj.Programs[0];
        VerificationResult ours;
        try
        {
            ours = ProgramVerifier.Verify(obj, spec, _options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _other++;
            Console.WriteLine($"{name}: crash {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}");
            return;
        }

        LiveVerdict kernel = LiveVerdict.Ask(obj, strict);
        if (kernel.Verdict == "environment")
        {
            _environment++;
            return;
        }

        _judged++;
        _accepted += kernel.Verdict == "accept" ? 1 : 0;
        string verdict = ours.Verdict switch { Verdict.Accepted => "accept", Verdict.Rejected => "reject", _ => "not-judged" };
        if (kernel.Finding is { } refusal)
        {
            string kind = $"{refusal.Id} {new string([.. refusal.Message.Take(36).Where(c => !char.IsDigit(c))])}";
            _refusals[kind] = _refusals.GetValueOrDefault(kind) + 1;
        }

        if (verdict == kernel.Verdict)
        {
            _class += verdict == "accept" || ours.Findings[0].Id == kernel.Finding?.Id ? 0 : 1;
            return;
        }

        _falseAccepts += verdict == "accept" ? 1 : 0;
        _falseRejects += verdict == "reject" ? 1 : 0;
        _other += verdict == "not-judged" ? 1 : 0;
        Finding? finding = ours.Findings.FirstOrDefault(f => f.Severity == Severity.Error) ?? ours.Findings.FirstOrDefault();
        Console.WriteLine($"{name} [{spec.Type}]: ours {verdict} {finding?.Id} {finding?.Slot}: {finding?.Message}");
        Console.WriteLine($"    kernel {kernel.Verdict} {kernel.Finding?.Id} {kernel.Finding?.Slot}: {kernel.Finding?.Message}");
    }

    private void Write()
    {
        foreach ((string kind, int count) in _refusals.OrderByDescending(r => r.Value).Take(25))
        {
            Console.WriteLine($"{count,6} {kind}");
        }

        Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"judged {_judged}, accepted {_accepted}, not loadable {_environment}; false accepts {_falseAccepts}, false rejects {_falseRejects}, "
        + $"not judged or crashed {_other}; other class {_class}"));
    }
}
