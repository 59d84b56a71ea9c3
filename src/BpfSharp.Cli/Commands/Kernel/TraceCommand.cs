using System.CommandLine;
using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp trace</c>: what programs report, live: records of a ring or perf buffer, or lines of bpf_printk.</summary>
[SupportedOSPlatform("linux")]
internal static class TraceCommand
{
    private static readonly string[] s_pipes = ["/sys/kernel/tracing/trace_pipe", "/sys/kernel/debug/tracing/trace_pipe"];

    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<string?> which = new("MAP")
        {
            Description = "A ring buffer or perf event array: id, name or path of its pin; without it the lines of bpf_printk are shown.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<int> count = new("--count", "-n") { Description = "End after this many records; 0 until Ctrl-C.", DefaultValueFactory = _ => 0 };
        Command command = new("trace", "Show records of a ring buffer, or lines of bpf_printk, as they come. A ring buffer has one reader: records shown here are taken.")
        {
            which, count,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            try
            {
                int most = parsed.GetValue(count);
                return parsed.GetValue(which) is { } name
                    ? await ReadRecords(terminal, name, most, cancel).ConfigureAwait(false)
                    : await ReadLines(terminal, most, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Interrupted;
            }
        });
        return command;
    }

    private static async Task<int> ReadRecords(Terminal terminal, string name, int most, CancellationToken cancel)
    {
        using KernelMap map = Selection.Map(name);
        using RecordReader reader = map.OpenReader();
        terminal.Error.WriteLine($"reading records of map '{map.Name}'; Ctrl-C ends");
        int shown = 0;
        try
        {
            await foreach (RecordBatch batch in reader.ReadBatchesAsync(cancel).ConfigureAwait(false))
            {
                shown += Show(terminal, batch, most == 0 ? int.MaxValue : most - shown);
                if (most != 0 && shown >= most)
                {
                    break;
                }
            }
        }
        finally
        {
            terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{shown} records{(reader.Lost is { } lost ? $", {lost} lost" : ", lost records unknown")}"));
        }

        return ExitCode.Success;
    }

    private static int Show(Terminal terminal, RecordBatch batch, int most)
    {
        int shown = 0;
        foreach (ReadOnlySpan<byte> record in batch)
        {
            if (shown == most)
            {
                break;
            }

            terminal.WriteLine(terminal.IsJson ? $"{{\"record\":\"{Convert.ToHexStringLower(record)}\"}}" : Convert.ToHexStringLower(record));
            shown++;
        }

        return shown;
    }

    private static async Task<int> ReadLines(Terminal terminal, int most, CancellationToken cancel)
    {
        string pipe = s_pipes.FirstOrDefault(File.Exists)
            ?? throw new IOException("tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing");
        using StreamReader reader = new(new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, useAsync: false));
        terminal.Error.WriteLine($"reading {pipe}; Ctrl-C ends");
        for (int shown = 0; most == 0 || shown < most; shown++)
        {
            // The pipe blocks; the read is left behind when the user ends.
            string? line = await Task.Run(reader.ReadLine, cancel).WaitAsync(cancel).ConfigureAwait(false);
            if (line is null)
            {
                break;
            }

            if (terminal.IsJson)
            {
                terminal.WriteJsonLine(json => json.WriteString("line", line));
            }
            else
            {
                terminal.WriteLine(line);
            }
        }

        return ExitCode.Success;
    }
}
