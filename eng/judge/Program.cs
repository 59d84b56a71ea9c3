using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Verifier;
using BpfSharp.Verifier.KernelLog;

namespace BpfSharp.Judge;

internal static partial class Program
{
    private const string Usage = """
        judge FOLDER [SET...] [--only TEXT] [--list KIND] [--jobs N] [--types NAME,...] [--show]
          FOLDER     what eng/selftests/record.sh wrote (SET.jsonl, btf/)
          --only     programs whose set/object/program contains TEXT
          --types    program types (Xdp,SchedCls)
          --list     false-accept, false-reject, class, not-judged, slow or all: one line a program
          --show     with --only: the findings and the kernel's last lines
          --strict   the verdicts for a loader without CAP_PERFMON, our mode UnprivilegedStrict
          --measure  time and memory against the running kernel, interleaved; --rounds N (2), the least counts
          --jobs     threads (default 1; CPU time is only exact with 1)
        judge cases --dump FILE | cases --compare LOG --kernel RELEASE | cases --record LOG FILE      (see eng/guests)
        judge cases --ask FILE [--show]                           the running kernel's verdict on each row, ours where it differs
        judge fuzz --wild SEED [--count N] [--strict]             random programs, our verdict and the running kernel's
        judge fuzz --cases SEED [--count N] [--strict]            mutants of the project's own cases
        judge fuzz FOLDER [SET...] --seed SEED [--only TEXT]      mutants of recorded programs
        judge log ... (as fuzz)                                   one program: the kernel's whole log, our findings
        """;

    private static int Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (args.Length == 0)
        {
            Console.WriteLine(Usage);
            return 2;
        }

        if (args is ["cases", "--dump", var output])
        {
            CaseComparison.Dump(output);
            return 0;
        }

        if (args is ["cases", "--ask", var asked, .. var more] && OperatingSystem.IsLinux())
        {
            CaseComparison.Ask(asked, KernelTypes(), PossibleCpus(), more is ["--show"]);
            return 0;
        }

        if (args is ["cases", "--record", var answers, var recording])
        {
            CaseComparison.Record(answers, recording);
            return 0;
        }

        if (args is ["cases", "--compare", var log, "--kernel", var release])
        {
            CaseComparison.Compare(log, release, KernelTypes());
            return 0;
        }

        if (args[0] is "fuzz" or "log" && OperatingSystem.IsLinux())
        {
            return Fuzz(args);
        }

        string folder = args[0];
        List<string> sets = [];
        string only = "", list = "", types = "";
        int jobs = 1;
        bool show = false;
        bool strict = false;
        bool measure = false;
        int rounds = 2;
        for (int i = 1; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--only": only = args[++i]; break;
                case "--list": list = args[++i]; break;
                case "--types": types = args[++i]; break;
                case "--jobs": jobs = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--show": show = true; break;
                case "--strict": strict = true; break;
                case "--measure": measure = true; break;
                case "--rounds": rounds = Number(args[++i]); break;
                default: sets.Add(args[i]); break;
            }
        }

        if (sets.Count == 0)
        {
            sets.AddRange(Directory.GetFiles(folder, "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)!).Order());
        }

        VerifierOptions options = new() { KernelTypes = KernelTypes(), PossibleCpus = PossibleCpus(), Explain = show, Mode = strict ? VerifierMode.UnprivilegedStrict : VerifierMode.Kernel };
        if (measure && OperatingSystem.IsLinux())
        {
            JudgedProgram[] programs = [.. sets.SelectMany(set => JudgedProgram.Read(folder, set)).Where(p =>
                p.Verdict is "accept" or "reject" && p.Id.Contains(only, StringComparison.OrdinalIgnoreCase))];
            Measuring.Run(programs, options, rounds, ThreadTime);
            return 0;
        }

        string[] wanted = types.Split(',', StringSplitOptions.RemoveEmptyEntries);
        ConcurrentBag<Row> rows = [];
        Stopwatch wall = Stopwatch.StartNew();
        Parallel.ForEach(
            sets.SelectMany(set => JudgedProgram.Read(folder, set)).Select(p => strict ? p.AsStrict() : p).Where(p =>
                p.Verdict is "accept" or "reject" && p.Id.Contains(only, StringComparison.OrdinalIgnoreCase)
                && (wanted.Length == 0 || wanted.Contains(p.Spec.Type.ToString(), StringComparer.OrdinalIgnoreCase))),
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            program => rows.Add(Judge(program, options, show)));
        Row[] ordered = [.. rows.OrderBy(r => r.Program.Id, StringComparer.Ordinal)];
        Report.Write(ordered, wall.Elapsed, list);
        return 0;
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static int Fuzz(string[] args)
    {
        List<string> rest = [];
        string only = "";
        int seed = 1, count = 1000;
        bool strict = false, wild = false, cases = false;
        for (int i = 1; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--wild": (wild, seed) = (true, Number(args[++i])); break;
                case "--cases": (cases, seed) = (true, Number(args[++i])); break;
                case "--seed": seed = Number(args[++i]); break;
                case "--count": count = Number(args[++i]); break;
                case "--only": only = args[++i]; break;
                case "--strict": strict = true; break;
                default: rest.Add(args[i]); break;
            }
        }

        Fuzzing fuzzing = new(KernelTypes(), PossibleCpus(), strict);
        if (wild)
        {
            if (args[0] == "log")
            {
                fuzzing.Show(BpfSharp.Verifier.Tests.Fuzz.WildProgram.Make(seed));
                return 0;
            }

            fuzzing.Wild(seed, count);
            return 0;
        }

        IEnumerable<(string Name, Objects.BpfObject Object, Objects.ProgramSpec Spec)> all = cases
            ? Fuzzing.OwnCases()
            : (rest.Count > 1 ? rest.Skip(1) : ["raw", "selftests"]).SelectMany(set => JudgedProgram.Read(rest[0], set))
                .Where(p => p.Verdict is "accept" or "reject" && p.Spec.Instructions.Length < 4000)
                .Select(p => (p.Id, p.Object, p.Spec));
        List<(string Name, Objects.BpfObject Object, Objects.ProgramSpec Spec)> programs =
            [.. all.Where(p => p.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        if (args[0] == "log")
        {
            // The number of a mutant; 0 for the program itself.
            (string _, Objects.BpfObject obj, Objects.ProgramSpec spec) = programs[seed == 0 ? 0 : new Random(seed).Next(programs.Count)];
            Random random = new(seed);
            _ = random.Next(programs.Count);
            fuzzing.Show(seed == 0 ? obj : Mutation.Of(obj, spec, random));
            return 0;
        }

        fuzzing.Mutants(programs, seed, count);
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static BtfFile? KernelTypes() =>
        File.Exists("/sys/kernel/btf/vmlinux") ? BtfFile.ReadFile("/sys/kernel/btf/vmlinux") : null;

    // Numbers like "0-3": the last one and one more are as many as the kernel counts.
    private static int PossibleCpus() => File.Exists("/sys/devices/system/cpu/possible")
        && int.TryParse(File.ReadAllText("/sys/devices/system/cpu/possible").Split('-', ',')[^1], CultureInfo.InvariantCulture, out int last)
        ? last + 1 : new VerifierOptions().PossibleCpus;

    private static Row Judge(JudgedProgram program, VerifierOptions options, bool show)
    {
        TimeSpan before = ThreadTime();
        VerificationResult? result = null;
        string? crash = null;
        try
        {
            result = ProgramVerifier.Verify(program.Object, program.Spec, options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            crash = $"{e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
        }

        TimeSpan time = ThreadTime() - before;
        Finding? ours = result?.Findings.FirstOrDefault(f => f.Severity == Severity.Error);
        Finding? theirs = program.Verdict == "reject" ? KernelLogParser.Parse(program.Log, program.Spec).FirstOrDefault() : null;
        if (show)
        {
            Console.WriteLine($"--- {program.Id}: kernel {program.Verdict} {theirs?.Id}, ours {result?.Verdict} {crash}");
            foreach (Finding finding in result?.Findings ?? [])
            {
                Console.WriteLine("  " + finding);
            }

            Console.WriteLine(string.Join('\n', program.Log.Split('\n').TakeLast(40)));
        }

        string verdict = crash is not null ? "crash" : result!.Verdict switch
        {
            Verdict.Accepted => "accept",
            Verdict.Rejected => "reject",
            Verdict.NotJudged => "not-judged",
            _ => "crash",
        };
        return new Row(program, verdict, ours, theirs, crash, time, result?.Statistics.ProcessedInstructions ?? 0);
    }

    private static TimeSpan ThreadTime()
    {
        _ = ClockGetTime(3, out Timespec time);
        return new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100));
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec time);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

internal sealed record Row(
    JudgedProgram Program, string Verdict, Finding? Ours, Finding? Theirs, string? Crash, TimeSpan Time, long Processed)
{
    public bool Accepts => Program.Verdict == "accept";
    public bool FalseAccept => !Accepts && Verdict == "accept";
    public bool FalseReject => Accepts && Verdict == "reject";
    public bool Agrees => Program.Verdict == Verdict;
    public bool SameClass => Agrees && (Accepts || Ours?.Id == Theirs?.Id);
}
