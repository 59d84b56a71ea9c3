using System.CommandLine;
using BpfSharp.Cli.Output;
using BpfSharp.Objects;
using BpfSharp.Verifier;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp verify</c>: the kernel's verdict on a program, on any OS and explained.</summary>
internal static class VerifyCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string?> program = CommonOptions.Program();
        Option<string?> type = CommonOptions.Type();
        Option<bool> explain = new("--explain")
        {
            Description = "Show what is known at the place, where it comes from, the path that leads there, and what the program needs of a kernel.",
        };
        Option<string?> kernel = new("--kernel")
        {
            Description = "The kernel it is to load on: a release such as 5.15, 'latest' (the default) or 'running'. "
                + "A refusal names the first release that accepts it.",
        };
        Option<FileInfo?> btf = new("--btf") { Description = "The target kernel's types: a copy of its /sys/kernel/btf/vmlinux." };
        Option<string> mode = new("--mode")
        {
            Description = "Whose rules: kernel (a root load), unprivileged-strict (CAP_BPF without CAP_PERFMON), in-process.",
            DefaultValueFactory = _ => "kernel",
        };
        mode.AcceptOnlyFromAmong("kernel", "unprivileged-strict", "in-process");
        Command command = new(
            "verify",
            "Judge programs as the kernel's verifier does, without a kernel. Exit code: 0 all accepted, 1 any rejected, 2 any not judged.")
        {
            file, program, type, kernel, btf, mode, explain,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BpfObject source = ObjectFile.Open(parsed.GetRequiredValue(file));
            ObjectFile.SetType(source, parsed.GetValue(type));
            string? name = parsed.GetValue(program);
            IEnumerable<ProgramSpec> programs = name is null ? source.Programs.Where(p => p.AutoLoad) : [ObjectFile.Choose(source, name)];
            VerifierMode rules = parsed.GetValue(mode) switch
            {
                "unprivileged-strict" => VerifierMode.UnprivilegedStrict,
                "in-process" => VerifierMode.InProcess,
                _ => VerifierMode.Kernel,
            };
            VerifierOptions options = new()
            {
                Mode = rules,
                Kernel = KernelTarget.Find(parsed.GetValue(kernel), parsed.GetValue(btf)),
                Explain = parsed.GetValue(explain) || terminal.IsJson,
                FindFirstRelease = rules == VerifierMode.Kernel,
            };
            VerifyReport report = new(options.Kernel, rules, [.. programs.Select(p => Judge(source, p, options))]);
            if (terminal.IsJson)
            {
                report.WriteJson(terminal);
            }
            else
            {
                report.WriteText(terminal, parsed.GetValue(explain));
            }

            return report.ExitCode;
        });
        return command;
    }

    // Typed kernel pointers cannot be judged without types: where none are given, the running kernel's serve, and the report says so.
    private static VerifyReport.Row Judge(BpfObject source, ProgramSpec program, VerifierOptions options)
    {
        VerificationResult result = ProgramVerifier.Verify(source, KernelTarget.Prepare(source, program, options.Kernel), options);
        if (result.Verdict == Verdict.NotJudged && KernelTarget.WithRunningTypes(options.Kernel) is { } typed)
        {
            VerifierOptions retry = options with { KernelTypes = typed.Types };
            VerificationResult second = ProgramVerifier.Verify(source, KernelTarget.Prepare(source, program, typed), retry);
            if (second.Verdict != Verdict.NotJudged)
            {
                return new(program, second, UsedRunningTypes: true);
            }
        }

        return new(program, result, UsedRunningTypes: false);
    }
}
