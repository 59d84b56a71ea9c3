using System.CommandLine;
using BpfSharp.Cli.Output;

namespace BpfSharp.Cli.Commands;

/// <summary>The verbs, in the order the help shows them.</summary>
internal static class Verbs
{
    /// <summary>Makes every verb.</summary>
    /// <param name="open">Opens the terminal a parsed command line asks for.</param>
    public static IEnumerable<Command> All(Func<ParseResult, Terminal> open) =>
    [
        DemoCommand.Create(open),
        RunCommand.Create(open),
        InspectCommand.Create(open),
        DisasmCommand.Create(open),
        AsmCommand.Create(open),
        VerifyCommand.Create(open),
    ];
}
