using BpfSharp.Elf;
using BpfSharp.Isa;

namespace BpfSharp.Objects.Reading;

internal sealed partial class ObjectReader
{
    private const byte CallOpcode = 0x85;
    private const byte WideLoadOpcode = 0x18;

    /// <summary>Writes what each relocation of code stands for into its instruction, or notes the function it names.</summary>
    private void Relocate(CodeReader code)
    {
        foreach (ElfSection table in _elf.Sections)
        {
            if (table.Type is ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddend
                && table.Info < _elf.Sections.Count && code.IsCode((int)table.Info))
            {
                foreach (ElfRelocation relocation in _elf.ReadRelocations(table))
                {
                    Relocate(code, _elf.Sections[(int)table.Info], relocation);
                }
            }
        }

        // Calls inside a section need no relocation.
        foreach (CodeFunction function in code.Functions)
        {
            for (int slot = 0; slot < function.Code.Length; slot++)
            {
                byte opcode = function.Code[slot].Opcode;
                if (opcode is not (CallOpcode or WideLoadOpcode))
                {
                    continue;
                }

                Op op = function.Code[slot].Op;
                if (op is Op.CallLocal or Op.LoadFunction && !function.Targets.ContainsKey(slot))
                {
                    long target = (long)function.Start + slot + 1 + function.Code[slot].Imm;
                    Refer(code, function, slot, function.Section.Index, target, $"the function at slot {target}");
                }

                if (op != Op.Invalid && OpcodeTable.Get(op).Kind == OpKind.LoadImmediate64)
                {
                    slot++;
                }
            }
        }
    }

    private void Relocate(CodeReader code, ElfSection section, ElfRelocation relocation)
    {
        ElfSymbol symbol = Symbol(relocation, section.Name);
        CodeFunction? function = relocation.Offset % 8 == 0 && relocation.Offset < section.Size
            ? code.Holding(section.Index, (long)(relocation.Offset / 8)) : null;
        if (function is null)
        {
            throw Refusal.Relocation(
                $"{section}+{relocation.Offset}", $"it applies to no instruction (symbol '{symbol.Name}')", "build the object again");
        }

        int slot = (int)(relocation.Offset / 8) - function.Start;
        Instruction instruction = function.Code[slot];
        bool isCall = instruction.Opcode == CallOpcode;
        bool isLoad = instruction.Opcode == WideLoadOpcode && slot + 1 < function.Code.Length;
        string where = $"{function.Name}+{slot}";
        if (!isCall && !isLoad)
        {
            throw Refusal.Relocation(
                where,
                $"it refers to '{NameOf(symbol)}' in an instruction with opcode 0x{instruction.Opcode:x2}; calls and 64-bit loads can",
                "build the object again");
        }

        long addend = relocation.Addend + instruction.Imm;
        if (symbol.SectionIndex == ElfSymbol.Undefined)
        {
            RelocateExtern(function, slot, symbol, isCall);
        }
        else if (code.IsCode(symbol.SectionIndex))
        {
            // A call's addend counts slots from the next one; a load's counts bytes.
            long target = (long)(symbol.Value / 8) + (isCall ? addend + 1 : addend / 8);
            if (!isCall)
            {
                function.Code[slot] = instruction.WithSrc((Register)PseudoFunction);
                function.Code[slot + 1] = function.Code[slot + 1].WithImm(0);
            }

            Refer(code, function, slot, symbol.SectionIndex, target, NameOf(symbol));
        }
        else if (isCall)
        {
            throw Refusal.Relocation(where, $"it calls '{NameOf(symbol)}', which is not code", "build the object again");
        }
        else
        {
            RelocateData(function, slot, symbol, addend, where);
        }
    }

    private const int PseudoFunction = 4;
    private const int PseudoMapIndex = 5;
    private const int PseudoMapIndexValue = 6;
    private const int PseudoBtfId = 3;
    private const int PseudoKfuncCall = 2;

    private static void Refer(CodeReader code, CodeFunction from, int slot, int section, long target, string name)
    {
        CodeFunction? function = code.StartingAt(section, target);
        if (function is null)
        {
            throw Refusal.Relocation(
                $"{from.Name}+{slot}", $"it refers to {name}, where no function starts", "build the object again");
        }

        function.IsCalled |= !ReferenceEquals(function, from);
        from.Targets[slot] = function;
    }

    private void RelocateExtern(CodeFunction function, int slot, ElfSymbol symbol, bool isCall)
    {
        Instruction instruction = function.Code[slot];
        if (!isCall && _kconfigOffsets.TryGetValue(symbol.Name, out int offset))
        {
            Load(function, slot, PseudoMapIndexValue, _kconfigMap, offset);
            return;
        }

        int index = ExternIndex(symbol, isCall);
        if (isCall)
        {
            function.Code[slot] = new Instruction(
                instruction.Opcode, instruction.Dst, (Register)PseudoKfuncCall, 0, index);
        }
        else
        {
            Load(function, slot, PseudoBtfId, index, 0);
        }
    }

    private void RelocateData(CodeFunction function, int slot, ElfSymbol symbol, long addend, string where)
    {
        if (_mapBySection.TryGetValue(symbol.SectionIndex, out int data))
        {
            Load(function, slot, PseudoMapIndexValue, data, (int)((long)symbol.Value + addend));
        }
        else if (_mapByPlace.TryGetValue((symbol.SectionIndex, symbol.Value), out int map)
            && symbol.Type != ElfSymbolType.Section)
        {
            Load(function, slot, PseudoMapIndex, map, 0);
        }
        else if (_mapByPlace.TryGetValue((symbol.SectionIndex, symbol.Value + (ulong)addend), out map))
        {
            // A static map is named by its section and the offset in it.
            Load(function, slot, PseudoMapIndex, map, 0);
        }
        else
        {
            string section = symbol.SectionIndex < _elf.Sections.Count ? _elf.Sections[symbol.SectionIndex].Name
                : symbol.SectionIndex == 0xfff2 ? "common" : $"{symbol.SectionIndex}";
            throw Refusal.Relocation(
                where, $"it refers to '{NameOf(symbol)}' in section '{section}', which holds neither maps nor data",
                "maps are in .maps or maps, data in .data*, .rodata*, .bss*; initialise uninitialised globals");
        }
    }

    private static void Load(CodeFunction function, int slot, int pseudo, int imm, int second)
    {
        Instruction first = function.Code[slot];
        function.Code[slot] = new Instruction(first.Opcode, first.Dst, (Register)pseudo, 0, imm);
        function.Code[slot + 1] = new Instruction(0, 0, 0, 0, second);
    }

    private string NameOf(ElfSymbol symbol) => symbol.Name.Length > 0 ? symbol.Name
        : symbol.SectionIndex < _elf.Sections.Count ? _elf.Sections[symbol.SectionIndex].Name : $"symbol {symbol.Index}";
}
