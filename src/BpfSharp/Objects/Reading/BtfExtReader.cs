using BpfSharp.Btf;
using BpfSharp.Elf;

namespace BpfSharp.Objects.Reading;

/// <summary>Reads <c>.BTF.ext</c>: types of functions, source lines and CO-RE relocations, by section and byte offset.</summary>
internal sealed class BtfExtReader(ElfFile elf, BtfFile? btf, CodeReader code)
{
    private readonly Dictionary<uint, string> _strings = [];
    private ElfSection _section = null!;

    internal void Read()
    {
        if (btf is null || elf.FindSection(".BTF.ext") is not { } section || section.Data.IsEmpty)
        {
            NameFunctions();
            return;
        }

        _section = section;
        ReadOnlySpan<byte> bytes = section.Data.Span;
        if (bytes.Length < 24 || elf.U16(bytes) != 0xeb9f || bytes[2] != 1)
        {
            throw Refusal.BtfExt("its header is too short, or not of version 1");
        }

        uint headerLength = elf.U32(bytes[4..]);
        LineTexts texts = new(btf);
        ReadPart(headerLength, 8, 8, (function, slot, record) =>
        {
            if (function.Start == slot)
            {
                function.BtfTypeId = (int)Word(record, 4);
            }
        });
        ReadPart(headerLength, 16, 16, (function, slot, record) =>
        {
            function.Lines.Add(new LineInfo(
                (int)(slot - function.Start), texts, Checked(Word(record, 4)), Checked(Word(record, 8)), Word(record, 12)));
        });
        if (headerLength >= 32)
        {
            ReadPart(headerLength, 24, 16, (function, slot, record) =>
            {
                uint kind = Word(record, 12);
                if (kind > (uint)CoreRelocationKind.TypeMatches)
                {
                    throw Refusal.BtfExt($"CO-RE relocation of kind {kind}; 0 to 12 are known");
                }

                function.CoreRelocations.Add(new CoreRelocation(
                    (int)(slot - function.Start), (int)Word(record, 4), Text(Word(record, 8)), (CoreRelocationKind)kind));
            });
        }

        NameFunctions();
    }

    private void NameFunctions()
    {
        foreach (CodeFunction function in code.Functions)
        {
            if (function.BtfTypeId == 0 && btf is not null)
            {
                function.BtfTypeId = btf.Find(function.Name, BtfKind.Function);
            }

            // Mostly in order already; a sort would also tell equal slots apart by chance.
            if (!IsSorted(function.Lines, static line => line.Slot))
            {
                function.Lines.Sort(static (a, b) => a.Slot.CompareTo(b.Slot));
            }

            if (!IsSorted(function.CoreRelocations, static relocation => relocation.Slot))
            {
                function.CoreRelocations.Sort(static (a, b) => a.Slot.CompareTo(b.Slot));
            }
        }
    }

    private static bool IsSorted<T>(List<T> records, Func<T, int> slot)
    {
        for (int i = 1; i < records.Count; i++)
        {
            if (slot(records[i]) < slot(records[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private void ReadPart(uint headerLength, int field, int minimum, Action<CodeFunction, long, int> add)
    {
        ReadOnlySpan<byte> bytes = _section.Data.Span;
        if (headerLength < field + 8 || headerLength > bytes.Length)
        {
            throw Refusal.BtfExt($"a header of {headerLength} bytes");
        }

        ulong start = headerLength + (ulong)elf.U32(bytes[field..]);
        ulong length = elf.U32(bytes[(field + 4)..]);
        if (length == 0)
        {
            return;
        }

        if (start + length > (ulong)bytes.Length || length < 4)
        {
            throw Refusal.BtfExt($"a part takes bytes {start} to {start + length} of {bytes.Length}");
        }

        int at = (int)start;
        int end = (int)(start + length);
        uint recordLength = elf.U32(bytes[at..]);
        at += 4;
        if (recordLength < minimum || recordLength % 4 != 0 || recordLength > 4096)
        {
            throw Refusal.BtfExt($"records of {recordLength} bytes; {minimum} are needed");
        }

        while (at < end)
        {
            if (end - at < 8)
            {
                throw Refusal.BtfExt("it ends inside a section's header");
            }

            string name = Text(elf.U32(bytes[at..]));
            uint count = elf.U32(bytes[(at + 4)..]);
            at += 8;
            if (count > (uint)(end - at) / recordLength)
            {
                throw Refusal.BtfExt($"{count} records for section '{name}' do not fit");
            }

            ElfSection? section = elf.FindSection(name);
            for (uint i = 0; i < count; i++, at += (int)recordLength)
            {
                // Records of code that the linker dropped have nowhere to go.
                uint offset = Word(at, 0);
                if (section is not null && offset % 8 == 0
                    && code.Holding(section.Index, offset / 8) is { } function)
                {
                    add(function, offset / 8, at);
                }
            }
        }
    }

    private uint Word(int record, int offset) => elf.U32(_section.Data.Span[(record + offset)..]);

    /// <summary>An offset of a text, refused if it is outside.</summary>
    private uint Checked(uint offset)
    {
        if (offset >= btf!.StringsEnd && offset != 0)
        {
            _ = btf.GetStringBytes(offset);
        }

        return offset;
    }

    private string Text(uint offset)
    {
        if (!_strings.TryGetValue(offset, out string? text))
        {
            _strings.Add(offset, text = btf!.GetString(offset));
        }

        return text;
    }
}
