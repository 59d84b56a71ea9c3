using System.Globalization;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Cli.Output;

/// <summary>Shows every instruction as it runs, with the registers the one before it changed.</summary>
internal sealed class InstructionTrace(Terminal terminal, BpfObject source)
{
    private readonly Dictionary<ProgramSpec, Listing> _listings = [];
    private readonly ulong[] _before = new ulong[11];
    private ProgramSpec? _program;
    private string? _line;

    /// <summary>Takes the next instruction.</summary>
    public void Step(TraceStep step)
    {
        Flush(step.Registers);
        ProgramSpec? program = step.Program;
        if (program is null)
        {
            return;
        }

        if (!_listings.TryGetValue(program, out Listing? listing))
        {
            _listings[program] = listing = new Listing(source, program);
        }

        if (program != _program)
        {
            _program = program;
            terminal.WriteLine($"{program.Name}:");
        }

        if (program.FindLine(step.Slot) is { } source1 && source1.Slot == step.Slot)
        {
            terminal.WriteLine($"; {source1.Source.Text?.Trim()} @ {source1.Source}");
        }

        _line = string.Create(CultureInfo.InvariantCulture, $"{step.Slot,5}: {listing.Text(step.Slot)}");
        step.Registers.CopyTo(_before);
    }

    /// <summary>A run has ended: shows its last instruction.</summary>
    public void End()
    {
        if (_line is not null)
        {
            terminal.WriteLine(_line);
        }

        _line = null;
        _program = null;
    }

    private void Flush(ReadOnlySpan<ulong> after)
    {
        if (_line is null)
        {
            return;
        }

        string changes = "";
        for (int i = 0; i < after.Length && i < _before.Length; i++)
        {
            if (after[i] != _before[i])
            {
                changes += string.Create(CultureInfo.InvariantCulture, $"  r{i}=0x{after[i]:x}");
            }
        }

        terminal.WriteLine(changes.Length == 0 ? _line : $"{_line,-60} ;{changes}");
        _line = null;
    }
}
