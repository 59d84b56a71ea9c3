using System.Globalization;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Output;

/// <summary>The text of a program's instructions with the names the object knows.</summary>
internal sealed class Listing
{
    private readonly ProgramSpec _program;
    private readonly DisassemblerOptions _names;

    public Listing(BpfObject source, ProgramSpec program)
    {
        _program = program;
        _names = new DisassemblerOptions
        {
            HelperName = id => HelperTable.Find(id)?.Name is { } name ? (name.StartsWith("bpf_", StringComparison.Ordinal) ? name : "bpf_" + name) : null,
            MapName = index => (uint)index < source.Maps.Count ? source.Maps[index].Name : null,
            ExternName = index => (uint)index < source.Externs.Count ? source.Externs[index].Name : null,
            SubprogramName = slot => program.Subprograms.FirstOrDefault(s => s.StartSlot == slot)?.Name,
        };
    }

    /// <summary>The text of the instruction at a slot.</summary>
    public string Text(int slot) => Disassembler.Format(_program.Instructions.AsSpan(), slot, _names);

    /// <summary>Instructions from a slot on, with source lines (prefixed <c>;</c>) where they begin.</summary>
    public IEnumerable<string> Lines(int start, int end, bool withSource)
    {
        for (int slot = start; slot < end;)
        {
            if (withSource && _program.FindLine(slot) is { } line && line.Slot == slot)
            {
                yield return $"; {line.Source.Text?.Trim()} @ {line.Source}";
            }

            yield return string.Create(CultureInfo.InvariantCulture, $"{slot,5}: {Text(slot)}");
            DecodedInstruction instruction = DecodedInstruction.Decode(_program.Instructions.AsSpan(), slot);
            slot += instruction.Slots;
        }
    }
}
