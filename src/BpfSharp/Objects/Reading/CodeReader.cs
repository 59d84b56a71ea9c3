using System.Buffers.Binary;
using BpfSharp.Elf;
using BpfSharp.Isa;

namespace BpfSharp.Objects.Reading;

/// <summary>Finds the functions of an object: where each starts and ends in its section.</summary>
internal sealed class CodeReader
{
    private readonly ElfFile _elf;
    private readonly Dictionary<int, List<CodeFunction>> _bySection = [];

    internal CodeReader(ElfFile elf, IReadOnlyList<ElfSymbol> symbols)
    {
        _elf = elf;
        ILookup<int, ElfSymbol> bySection = symbols.ToLookup(symbol => symbol.SectionIndex);
        foreach (ElfSection section in elf.Sections)
        {
            if (section.Type == ElfSectionType.ProgramBits && section.Flags.HasFlag(ElfSectionFlags.Execute)
                && !section.Data.IsEmpty)
            {
                List<CodeFunction> functions = Split(section, bySection[section.Index]);
                _bySection.Add(section.Index, functions);
                Functions.AddRange(functions);
            }
        }
    }

    /// <summary>All functions, in the order of the file.</summary>
    internal List<CodeFunction> Functions { get; } = [];

    internal bool IsCode(int section) => _bySection.ContainsKey(section);

    /// <summary>The function that holds a slot of a section, or <see langword="null"/>.</summary>
    internal CodeFunction? Holding(int section, long slot)
    {
        if (!_bySection.TryGetValue(section, out List<CodeFunction>? functions))
        {
            return null;
        }

        int low = 0;
        int high = functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (functions[middle].Start <= slot)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high >= 0 && slot < functions[high].End ? functions[high] : null;
    }

    /// <summary>The function that starts at a slot of a section, or <see langword="null"/>.</summary>
    internal CodeFunction? StartingAt(int section, long slot)
    {
        CodeFunction? function = Holding(section, slot);
        return function?.Start == slot ? function : null;
    }

    private List<CodeFunction> Split(ElfSection section, IEnumerable<ElfSymbol> symbols)
    {
        Instruction[] code = Decode(section);
        List<ElfSymbol> starts = [.. symbols.Where(s => s.Type == ElfSymbolType.Function)];
        if (starts.Count == 0)
        {
            // Compilers before LLVM 8 gave functions no type; their labels are local.
            starts = [.. symbols.Where(s => s.Type == ElfSymbolType.None && s.IsGlobal && s.Name.Length > 0)];
        }

        if (starts.Count == 0)
        {
            starts = [.. symbols.Where(s => s.Type == ElfSymbolType.None && s.Name.Length > 0 && !IsLabel(s.Name))];
        }

        if (starts.Count == 0)
        {
            return [Make(section, section.Name, code, 0, code.Length, null)];
        }

        // Of several names for one place the global one counts.
        starts.Sort((a, b) => a.Value != b.Value ? a.Value.CompareTo(b.Value) : b.IsGlobal.CompareTo(a.IsGlobal));
        List<CodeFunction> functions = [];
        for (int i = 0; i < starts.Count; i++)
        {
            ElfSymbol symbol = starts[i];
            if (symbol.Value % Instruction.SizeInBytes != 0 || symbol.Value >= section.Size
                || symbol.Size % Instruction.SizeInBytes != 0 || symbol.Size > section.Size - symbol.Value)
            {
                throw Refusal.Code(
                    $"section '{section}'",
                    $"function '{symbol.Name}' takes bytes {symbol.Value} to {symbol.Value + symbol.Size} of {section.Size}; "
                    + "it must start and end on 8-byte slots inside",
                    "build the object again");
            }

            if (functions.Count > 0 && functions[^1].Start == (int)(symbol.Value / 8))
            {
                continue;
            }

            int next = i + 1;
            while (next < starts.Count && starts[next].Value == symbol.Value)
            {
                next++;
            }

            ulong limit = next < starts.Count ? Math.Min(starts[next].Value, section.Size) : section.Size;
            ulong end = symbol.Size > 0 ? Math.Min(symbol.Value + symbol.Size, limit) : limit;
            functions.Add(Make(section, symbol.Name, code, (int)(symbol.Value / 8), (int)(end / 8), symbol));
        }

        return functions;
    }

    private static CodeFunction Make(
        ElfSection section, string name, Instruction[] code, int start, int end, ElfSymbol? symbol) => new()
        {
            Name = name,
            Section = section,
            Start = start,
            Code = code.AsSpan(start, end - start).ToArray(),
            IsGlobal = symbol?.IsGlobal ?? true,
            IsHidden = symbol?.IsHidden ?? false,
        };

    private static bool IsLabel(string name) =>
        name.StartsWith("LBB", StringComparison.Ordinal) || name.StartsWith(".L", StringComparison.Ordinal);

    private Instruction[] Decode(ElfSection section)
    {
        ReadOnlySpan<byte> bytes = section.Data.Span;
        if (bytes.Length % Instruction.SizeInBytes != 0)
        {
            throw Refusal.Code(
                $"section '{section}'", $"{bytes.Length} bytes of code; it must be a multiple of 8", "build the object again");
        }

        Instruction[] code = new Instruction[bytes.Length / Instruction.SizeInBytes];
        for (int i = 0; i < code.Length; i++)
        {
            ReadOnlySpan<byte> slot = bytes.Slice(i * 8, 8);
            if (_elf.IsBigEndian)
            {
                // The two registers share a byte; their halves are swapped as well.
                code[i] = new(
                    slot[0],
                    (Register)(slot[1] >> 4),
                    (Register)(slot[1] & 0xf),
                    BinaryPrimitives.ReadInt16BigEndian(slot[2..]),
                    BinaryPrimitives.ReadInt32BigEndian(slot[4..]));
            }
            else
            {
                _ = Instruction.TryRead(slot, out code[i]);
            }
        }

        return code;
    }
}
