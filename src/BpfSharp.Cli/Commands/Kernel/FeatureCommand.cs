using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Hooks;
using BpfSharp.Linux.Features;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp feature</c>: what this kernel has, asked by using it.</summary>
[SupportedOSPlatform("linux")]
internal static class FeatureCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Option<ProgramType?> helpers = new("--helpers") { Description = "Also ask for every helper in programs of this type, for example Xdp." };
        Option<bool> missing = new("--missing") { Description = "Show only what the kernel has not." };
        Command command = new("feature", "Ask this kernel what it has: program types, map types, abilities, helpers. Each is tried, not guessed.") { helpers, missing };
        command.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            IEnumerable<Feature> features = FeatureProbes.ProgramTypes().Concat(FeatureProbes.MapTypes()).Concat(FeatureProbes.Abilities());
            if (parsed.GetValue(helpers) is { } type)
            {
                features = features.Concat(FeatureProbes.Helpers(type));
            }

            if (parsed.GetValue(missing))
            {
                features = features.Where(f => f.Outcome != FeatureOutcome.Available);
            }

            RowTable.Write(terminal, ["kind", "feature", "outcome", "since", "reason"], [.. features.Select(f =>
                new RowCell[] { f.Kind.ToString(), f.Name, f.Outcome.ToString(), f.Since, f.Reason })]);
            return ExitCode.Success;
        });
        return command;
    }
}
