using System.Globalization;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Packets;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary>One <c>run</c>: inputs in, verdicts, packets and counters out.</summary>
internal sealed class RunSession(Terminal terminal, ProgramSpec spec)
{
    private readonly SortedDictionary<string, (long Packets, long Bytes)> _verdicts = new(StringComparer.Ordinal);
    private readonly List<Finding> _faults = [];
    private readonly SortedDictionary<string, long> _skipped = new(StringComparer.Ordinal);
    private readonly bool _needsFrame = spec.Type is ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SchedAct
        or ProgramType.SocketFilter or ProgramType.CgroupSkb or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit
        or ProgramType.FlowDissector;

    private long _faultCount;

    public required int Repeat { get; init; }

    public InstructionTrace? Trace { get; init; }

    public bool PerPacket { get; init; }

    public CancellationToken Cancel { get; init; }

    public LoadedObject Loaded { get; set; } = null!;

    /// <summary>Runs once and shows what the program returned and changed.</summary>
    public int RunOnce(RunInput input)
    {
        RunResult result = Loaded.Program(spec.Name).Run(input);
        Trace?.End();
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WriteString("program", spec.Name);
                json.WriteString("engine", Loaded.Engine);
                json.WriteNumber("returnValue", result.ReturnValue);
                json.WriteString("verdict", VerdictTable.Name(spec.Type, result.ReturnValue));
                json.WriteNumber("nanoseconds", result.Duration.TotalNanoseconds);
                json.WriteString("packet", Convert.ToHexStringLower(result.Packet.Span));
                json.WriteString("context", Convert.ToHexStringLower(result.Context.Span));
                json.WritePropertyName("faults");
                FindingWriter.WriteJson(json, result.Fault is null ? [] : [result.Fault]);
                json.WriteEndObject();
            });
            return result.Fault is null ? ExitCode.Success : ExitCode.Refused;
        }

        if (result.Fault is { } fault)
        {
            FindingWriter.Write(terminal.Error, fault);
            return ExitCode.Refused;
        }

        string verdict = VerdictTable.Name(spec.Type, result.ReturnValue);
        string number = result.ReturnValue.ToString(CultureInfo.InvariantCulture);
        terminal.Out.MarkupLineInterpolated($"[bold]{spec.Name}[/] returned {(verdict == number ? number : $"{number} ({verdict})")}  [grey]{Loaded.Engine}[/]");
        if (Repeat > 1)
        {
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Duration.TotalNanoseconds:f1} ns per run, mean of {Repeat}"));
        }

        if (!result.Packet.IsEmpty && !result.Packet.Span.SequenceEqual(input.Packet.Span))
        {
            terminal.WriteLine($"packet afterwards: {Convert.ToHexStringLower(result.Packet.Span)}");
        }

        MapReport.Write(terminal, Loaded);
        return ExitCode.Success;
    }

    /// <summary>Runs on every packet of a capture and shows the sums.</summary>
    public int RunCapture(FileInfo capture, FileInfo? output)
    {
        using CaptureReader reader = CaptureReader.Open(capture.FullName);
        using CaptureOutput? writer = output is null ? null : new CaptureOutput(output, spec.Type);
        LoadedProgram program = Loaded.Program(spec.Name);
        TimeSpan busy = TimeSpan.Zero;
        long runs = 0;
        bool interrupted = false;
        using ProgressLine progress = new(terminal, $"{spec.Name} on {capture.Name}");
        try
        {
            while (reader.TryRead(out CapturedPacket packet))
            {
                if (Cancel.IsCancellationRequested)
                {
                    interrupted = true;
                    break;
                }

                if (!TryFrame(ref packet))
                {
                    continue;
                }

                RunResult result = program.Run(new RunInput { Packet = packet.Data, Repeat = Repeat });
                Trace?.End();
                busy += result.Duration;
                runs++;
                progress.Report(reader.Count, reader.Position, capture.Length);
                Note(packet, result);
                writer?.Write(packet, result);
            }
        }
        finally
        {
            progress.Dispose();
        }

        Report(reader.Count, writer?.Count ?? 0, output, runs == 0 ? TimeSpan.Zero : busy / runs);
        return interrupted ? ExitCode.Interrupted
            : _faultCount > 0 || (runs == 0 && _skipped.Count > 0) ? ExitCode.Refused : ExitCode.Success;
    }

    // Programs of packet hooks expect an Ethernet header; what has none gets one, and what cannot get one is counted, not run.
    private bool TryFrame(ref CapturedPacket packet)
    {
        const int EthernetBytes = 14;
        if (!_needsFrame)
        {
            return true;
        }

        bool isKnown = EthernetFraming.TryFrame(packet, out ReadOnlyMemory<byte> frame);
        if (isKnown && frame.Length >= EthernetBytes)
        {
            packet = packet with
            {
                Data = frame,
                LinkType = LinkType.Ethernet,
                OriginalLength = packet.OriginalLength + frame.Length - packet.Data.Length,
            };
            return true;
        }

        string reason = isKnown ? $"shorter than an Ethernet header of {EthernetBytes} bytes"
            : $"link type {packet.LinkType} cannot become an Ethernet frame";
        _skipped[reason] = _skipped.GetValueOrDefault(reason) + 1;
        return false;
    }

    private void Note(CapturedPacket packet, RunResult result)
    {
        string verdict = result.Fault is null ? VerdictTable.Name(spec.Type, result.ReturnValue) : "fault";
        (long packets, long bytes) = _verdicts.GetValueOrDefault(verdict);
        _verdicts[verdict] = (packets + 1, bytes + packet.Data.Length);
        if (result.Fault is { } fault)
        {
            _faultCount++;
            if (_faults.Count < 5)
            {
                _faults.Add(fault with { Where = $"packet {packet.Number}" });
            }
        }

        if (PerPacket && !terminal.IsJson)
        {
            terminal.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{packet.Number,6}  {packet.Data.Length,5} bytes  {verdict}  {PacketSummary.Describe(packet)}"));
        }
    }

    private void Report(long packets, long written, FileInfo? output, TimeSpan mean)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WriteString("program", spec.Name);
                json.WriteString("engine", Loaded.Engine);
                json.WriteNumber("packets", packets);
                json.WriteNumber("written", written);
                json.WriteStartObject("skipped");
                foreach ((string reason, long count) in _skipped)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
                json.WriteNumber("nanosecondsPerPacket", mean.TotalNanoseconds);
                json.WriteStartObject("verdicts");
                foreach ((string verdict, (long count, long bytes)) in _verdicts)
                {
                    json.WriteStartObject(verdict);
                    json.WriteNumber("packets", count);
                    json.WriteNumber("bytes", bytes);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
                json.WritePropertyName("faults");
                FindingWriter.WriteJson(json, _faults);
                json.WriteNumber("faultCount", _faultCount);
                json.WritePropertyName("maps");
                MapReport.WriteJson(json, Loaded);
                json.WriteEndObject();
            });
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumn("verdict").AddColumn(new TableColumn("packets").RightAligned()).AddColumn(new TableColumn("bytes").RightAligned())
            .AddColumn(new TableColumn("share").RightAligned());
        foreach ((string verdict, (long count, long bytes)) in _verdicts.OrderByDescending(v => v.Value.Packets))
        {
            table.AddRow(
                verdict.EscapeMarkup(),
                count.ToString(CultureInfo.InvariantCulture),
                bytes.ToString(CultureInfo.InvariantCulture),
                (100.0 * count / packets).ToString("f1", CultureInfo.InvariantCulture) + " %");
        }

        terminal.Out.MarkupLineInterpolated($"[bold]{spec.Name}[/] on {packets} packets, {mean.TotalNanoseconds:f0} ns per packet  [grey]{Loaded.Engine}[/]");
        terminal.Out.Write(table);
        if (output is not null)
        {
            terminal.Out.MarkupLineInterpolated($"{written} packets written to {output.Name}");
        }

        foreach ((string reason, long count) in _skipped)
        {
            terminal.Warn($"{count} packets not run: {reason}");
        }

        MapReport.Write(terminal, Loaded);
        foreach (Finding fault in _faults)
        {
            FindingWriter.Write(terminal.Error, fault);
        }

        if (_faultCount > _faults.Count)
        {
            terminal.Error.MarkupLineInterpolated($"… and {_faultCount - _faults.Count} more faults");
        }
    }
}
