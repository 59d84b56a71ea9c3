using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Commands.Kernel;
using BpfSharp.Cli.Output;

namespace BpfSharp.Cli.Commands;

/// <summary>The verbs, in the order the help shows them.</summary>
internal static class Verbs
{
    /// <summary>Makes every verb.</summary>
    /// <param name="open">Opens the terminal a parsed command line asks for.</param>
    public static IEnumerable<Command> All(Func<ParseResult, Terminal> open)
    {
        Command[] everywhere =
        [
            DemoCommand.Create(open),
            RunCommand.Create(open),
            VerifyCommand.Create(open),
            InspectCommand.Create(open),
            DisasmCommand.Create(open),
            AsmCommand.Create(open),
            CompileCommand.Create(open),
            BtfCommand.Create(open),
            GenCommand.Create(open),
            CompletionCommand.Create(open),
        ];
        return OperatingSystem.IsLinux() ? [.. everywhere, .. OfTheKernel(open)] : everywhere;
    }

    [SupportedOSPlatform("linux")]
    private static Command[] OfTheKernel(Func<ParseResult, Terminal> open) =>
    [
        LoadCommand.Create(open),
        AttachCommand.Create(open),
        ListCommand.Create(open),
        TopCommand.Create(open),
        MapCommand.Create(open),
        ProgCommand.Create(open),
        TraceCommand.Create(open),
        PinCommand.Create(open),
        FeatureCommand.Create(open),
        DoctorCommand.Create(open),
    ];
}
