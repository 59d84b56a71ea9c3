using System.CommandLine;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux.Introspection;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp top</c>: which programs run how often and how long, live. Statistics are on only while it runs.</summary>
[SupportedOSPlatform("linux")]
internal static class TopCommand
{
    private static readonly string[] s_columns = ["id", "name", "type", "runs/s", "ns/run", "cpu %"];

    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Option<double> interval = new("--interval") { Description = "Seconds between pictures.", DefaultValueFactory = _ => 1.0 };
        Option<int> count = new("--count", "-n") { Description = "Pictures to show; 0 until Ctrl-C.", DefaultValueFactory = _ => 0 };
        Command command = new("top", "Show which programs run how often and how long. Run statistics are on only while this runs.") { interval, count };
        command.SetAction(async (parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            TimeSpan pause = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(interval), 0.1, 3600));
            int left = parsed.GetValue(count);
            using KernelStatistics statistics = KernelStatistics.Enable();
            Dictionary<uint, ProgramInfo> before = Read();
            try
            {
                if (terminal.IsJson || !terminal.Out.Profile.Capabilities.Interactive)
                {
                    for (int shown = 0; left == 0 || shown < left; shown++)
                    {
                        await Task.Delay(pause, cancel).ConfigureAwait(false);
                        Dictionary<uint, ProgramInfo> now = Read();
                        RowTable.Write(terminal, s_columns, Compare(before, now, pause));
                        before = now;
                    }

                    return ExitCode.Success;
                }

                await terminal.Out.Live(Picture([])).StartAsync(async live =>
                {
                    for (int shown = 0; left == 0 || shown < left; shown++)
                    {
                        await Task.Delay(pause, cancel).ConfigureAwait(false);
                        Dictionary<uint, ProgramInfo> now = Read();
                        live.UpdateTarget(Picture(Compare(before, now, pause)));
                        before = now;
                    }
                }).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Interrupted;
            }
        });
        return command;
    }

    private static Dictionary<uint, ProgramInfo> Read() => KernelInventory.Programs().ToDictionary(p => p.Id);

    private static List<RowCell[]> Compare(Dictionary<uint, ProgramInfo> before, Dictionary<uint, ProgramInfo> now, TimeSpan pause) =>
    [
        .. now.Values
            .Select(p => (Program: p, Old: before.GetValueOrDefault(p.Id)))
            .Select(p => (
                p.Program,
                Runs: p.Program.RunCount - (p.Old?.RunCount ?? 0),
                Time: p.Program.RunTime - (p.Old?.RunTime ?? TimeSpan.Zero)))
            .Where(p => p.Runs > 0)
            .OrderByDescending(p => p.Time)
            .Select(p => new RowCell[]
            {
                p.Program.Id,
                p.Program.Name,
                p.Program.Type.ToString(),
                RowCell.Of(p.Runs / pause.TotalSeconds, 0),
                RowCell.Of(p.Time.TotalNanoseconds / p.Runs, 0),
                RowCell.Of(100 * p.Time / pause, 2),
            }),
    ];

    private static Table Picture(List<RowCell[]> rows)
    {
        Table table = RowTable.Make(s_columns, rows);
        table.Caption = new TableTitle(rows.Count == 0 ? "no program ran; Ctrl-C ends" : "Ctrl-C ends");
        return table;
    }
}
