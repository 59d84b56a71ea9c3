using System.Buffers.Binary;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Elf;
using BpfSharp.Hooks;
using BpfSharp.Isa;

namespace BpfSharp.Objects.Writing;

/// <summary>Turns an object into an ELF file, as compilers write them: subprograms in <c>.text</c>, references as relocations.</summary>
internal sealed partial class ObjectWriter
{
    private const string TextSection = ".text";

    private readonly BpfObject _object;
    private readonly ElfWriter _elf = new();
    private readonly BtfBuilder? _btf;
    private readonly BtfFile? _source;
    private readonly ProgramSpec[] _programs;
    private readonly FunctionTable _functions;

    // ELF symbols by what they name.
    private readonly Dictionary<string, int> _mapSymbols = [];
    private readonly Dictionary<string, int> _externSymbols = [];
    private readonly Dictionary<MapSpec, (int Section, int Symbol)> _dataSections = [];

    private int _textSymbol;

    internal ObjectWriter(BpfObject source)
    {
        _object = source;
        _source = source.Btf?.WithByteOrder(bigEndian: false);
        bool needsTypes = source.Maps.Any(m => m.Role is MapRole.User or MapRole.Kconfig or MapRole.StructOps)
            || source.Externs.Count > 0;
        _btf = _source is not null ? new BtfBuilder(_source) : needsTypes ? new BtfBuilder() : null;
        _programs = [.. source.Programs.Select(WithFunctions)];
        _functions = new FunctionTable(_programs);
    }

    internal byte[] Write()
    {
        // Code first: its section indexes are needed by symbols, and files read best that way.
        Dictionary<string, List<WrittenFunction>> sections = [];
        List<string> order = [];
        foreach (ProgramSpec program in _programs)
        {
            Place(SectionOf(program), _functions.Entry(program));
        }

        foreach (WrittenFunction function in _functions.Subprograms)
        {
            Place(TextSection, function);
        }

        Dictionary<string, byte[]> code = [];
        foreach (string name in order)
        {
            WrittenFunction last = sections[name][^1];
            code[name] = new byte[8 * (last.Place + last.End - last.Start)];
            int section = _elf.AddSection(
                name, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Execute, code[name], 8);
            if (name == TextSection)
            {
                _textSymbol = _elf.AddSymbol("", ElfSymbolType.Section, ElfSymbolBinding.Local, section, 0, 0);
            }

            foreach (WrittenFunction function in sections[name])
            {
                function.Section = section;
                function.Symbol = _elf.AddSymbol(
                    function.Name, ElfSymbolType.Function,
                    function.IsEntry || function.Subprogram.IsGlobal ? ElfSymbolBinding.Global : ElfSymbolBinding.Local,
                    section, 8 * (ulong)function.Place, 8 * (ulong)(function.End - function.Start));
            }
        }

        WriteTexts();
        WriteMaps();
        WriteDataSections();
        WriteStructOps();
        WriteExterns();
        foreach (string name in order)
        {
            foreach (WrittenFunction function in sections[name])
            {
                WriteCode(function, code[name].AsSpan(8 * function.Place));
            }
        }

        if (_btf is not null)
        {
            byte[] ext = BtfExtWriter.Write(_btf, order.Select(name => (name, (IReadOnlyList<WrittenFunction>)sections[name])));
            _elf.AddSection(".BTF", ElfSectionType.ProgramBits, ElfSectionFlags.None, _btf.ToArray(), 4);
            if (ext.Length > 0)
            {
                _elf.AddSection(".BTF.ext", ElfSectionType.ProgramBits, ElfSectionFlags.None, ext, 4);
            }
        }

        return _elf.ToArray();

        void Place(string section, WrittenFunction function)
        {
            if (!sections.TryGetValue(section, out List<WrittenFunction>? functions))
            {
                sections.Add(section, functions = []);
                order.Add(section);
            }

            function.Place = functions.Count == 0 ? 0 : functions[^1].Place + functions[^1].End - functions[^1].Start;
            functions.Add(function);
        }
    }

    private static BpfException CannotWrite(string where, string what, string next) =>
        new(new Finding { Id = "BPF1206", Where = where, Message = what, Suggestion = next });

    // A program made in code may lack its list of functions: then it is one.
    private static ProgramSpec WithFunctions(ProgramSpec program)
    {
        if (program.Instructions.IsDefaultOrEmpty)
        {
            throw CannotWrite($"program '{program.Name}'", "it has no instructions", "give it some, or remove it");
        }

        if (!program.Subprograms.IsDefaultOrEmpty)
        {
            return program;
        }

        ProgramSpec copy = program.Clone();
        copy.Subprograms = [new Subprogram(program.Name, 0, 0, IsGlobal: true)];
        return copy;
    }

    private static string SectionOf(ProgramSpec program)
    {
        string section = program.Section.TrimStart('?');
        if (section.Length == 0)
        {
            foreach (ref readonly SectionInfo row in SectionTable.Rows)
            {
                if (row.Type == program.Type && (program.AttachType is null || row.AttachType == program.AttachType)
                    && (program.AttachTarget is null || row.TakesTarget)
                    && row.Traits.HasFlag(SectionTraits.Sleepable) == program.Flags.HasFlag(ProgramFlags.Sleepable)
                    && row.Traits.HasFlag(SectionTraits.XdpFrags) == program.Flags.HasFlag(ProgramFlags.XdpHasFrags))
                {
                    section = program.AttachTarget is null ? row.Prefix : $"{row.Prefix}/{program.AttachTarget}";
                    break;
                }
            }
        }

        return section.Length == 0
            ? throw CannotWrite(
                $"program '{program.Name}'", $"no section name stands for type {program.Type}", "set ProgramSpec.Section")
            : program.AutoLoad ? section : "?" + section;
    }

    private void WriteTexts()
    {
        if (_object.License.Length > 0)
        {
            byte[] text = [.. Encoding.UTF8.GetBytes(_object.License), 0];
            WriteConstant("license", "_license", text, () => _btf!.AddArray(CharType(), IntType(), (uint)text.Length));
        }

        if (_object.KernelVersion != 0)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(number, _object.KernelVersion);
            WriteConstant("version", "_version", number, IntType);
        }
    }

    private void WriteConstant(string section, string symbol, byte[] data, Func<int> makeType)
    {
        int index = _elf.AddSection(
            section, ElfSectionType.ProgramBits, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data, 1);
        int id = _source?.Find(section, BtfKind.DataSection) ?? 0;
        if (id != 0 && _source![id] is { Count: 1 } types && types.Variables[0].Size == data.Length)
        {
            symbol = _source[types.Variables[0].TypeId].Name;
        }
        else if (id != 0)
        {
            // The text was changed: its type must have the new length.
            _btf!.ClearSectionVariables(id);
            _btf.AddSectionVariable(id, _btf.AddVariable(symbol, makeType(), BtfLinkage.Global), 0, data.Length);
            _btf.SetSize(id, data.Length);
        }

        _elf.AddSymbol(symbol, ElfSymbolType.Object, ElfSymbolBinding.Global, index, 0, (ulong)data.Length);
    }

    private int _intType;
    private int _charType;

    private int IntType() => _intType != 0 ? _intType : _intType = FindInt("int", 4, BtfIntEncoding.Signed);

    private int CharType() => _charType != 0 ? _charType : _charType = FindInt("char", 1, BtfIntEncoding.Signed);

    private int FindInt(string name, int size, BtfIntEncoding encoding)
    {
        int id = _source?.Find(name, BtfKind.Int) ?? 0;
        return id != 0 && _source![id].Size == size ? id : _btf!.AddInt(name, size, encoding);
    }

    private void WriteCode(WrittenFunction function, Span<byte> destination)
    {
        ProgramSpec program = function.Program;
        for (int slot = function.Start; slot < function.End; slot++)
        {
            Instruction instruction = program.Instructions[slot];
            Op op = instruction.Op;
            Instruction second = default;
            bool isWide = op != Op.Invalid && OpcodeTable.Get(op).Kind == OpKind.LoadImmediate64;
            if (isWide)
            {
                if (slot + 1 >= function.End)
                {
                    throw CannotWrite($"{program.Name}+{slot}", "a 64-bit load is cut off", "give both its slots");
                }

                second = program.Instructions[slot + 1];
            }

            string where = $"{program.Name}+{slot}";
            int place = 8 * (function.Place + slot - function.Start);
            (Instruction first, int symbol, uint type) = Unlink(function, slot, instruction, op, second, where);
            if (symbol >= 0)
            {
                _elf.AddRelocation(function.Section, place, type, symbol);
                second = default;
            }

            first.Write(destination[(8 * (slot - function.Start))..]);
            if (isWide)
            {
                slot++;
                second.Write(destination[(8 * (slot - function.Start))..]);
            }
        }
    }

    private (Instruction First, int Symbol, uint Type) Unlink(
        WrittenFunction function, int slot, Instruction instruction, Op op, Instruction second, string where)
    {
        Instruction plainLoad = new(instruction.Opcode, instruction.Dst, 0, 0, 0);
        Instruction plainCall = new(instruction.Opcode, instruction.Dst, (Register)1, 0, -1);
#pragma warning disable IDE0010, IDE0072 // every other instruction stands for itself
        switch (op)
        {
            case Op.LoadMapIndex:
                MapSpec map = MapAt(instruction.Imm, where);
                return _mapSymbols.TryGetValue(map.Name, out int symbol)
                    ? (plainLoad, symbol, BpfRelocationType.Load64)
                    : throw CannotWrite(where, $"it loads the map of data section '{map.Name}'", "load an address in its value");
            case Op.LoadMapValueIndex:
                return ValueReference(instruction, second, where);
            case Op.LoadBtfId:
                return (plainLoad, ExternSymbol(instruction.Imm, where), BpfRelocationType.Load64);
            case Op.CallKfunc:
                return (plainCall, ExternSymbol(instruction.Imm, where), BpfRelocationType.Call);
            case Op.CallLocal:
            case Op.LoadFunction:
                WrittenFunction? target = _functions.StartingAt(function.Program, slot + 1 + instruction.Imm);
                if (target is null || (target.IsEntry && !ReferenceEquals(target, function)))
                {
                    throw CannotWrite(
                        where, target is null ? $"it refers to slot {slot + 1 + instruction.Imm}, where no function starts"
                            : "a subprogram refers to the program itself",
                        "refer to a subprogram");
                }

                // An address of a local function is its section's, with the place in it: so libbpf wants it.
                return target.IsEntry ? (instruction, -1, 0)
                    : op == Op.CallLocal ? (plainCall, target.Symbol, BpfRelocationType.Call)
                    : target.Subprogram.IsGlobal ? (plainLoad, target.Symbol, BpfRelocationType.Load64)
                    : (plainLoad.WithImm(8 * target.Place), _textSymbol, BpfRelocationType.Load64);
            default:
                return (instruction, -1, 0);
        }
#pragma warning restore IDE0010, IDE0072
    }

    private (Instruction First, int Symbol, uint Type) ValueReference(Instruction instruction, Instruction second, string where)
    {
        MapSpec map = MapAt(instruction.Imm, where);
        int offset = second.Imm;
        Instruction load = new(instruction.Opcode, instruction.Dst, 0, 0, 0);
        if (map.Role == MapRole.Kconfig)
        {
            KconfigSpec? value = _object.Kconfig.FirstOrDefault(k => k.ByteOffset == offset);
            return value is null
                ? throw CannotWrite(where, $"no configuration value stands at byte {offset}", "refer to the start of one")
                : (load, _externSymbols[value.Name], BpfRelocationType.Load64);
        }

        return _dataSections.TryGetValue(map, out (int Section, int Symbol) data)
            ? (load.WithImm(offset), data.Symbol, BpfRelocationType.Load64)
            : throw CannotWrite(
                where, $"it takes an address inside the value of map '{map.Name}'", "only data sections can be addressed directly");
    }

    private MapSpec MapAt(int index, string where) => (uint)index < (uint)_object.Maps.Count
        ? _object.Maps[index]
        : throw CannotWrite(where, $"it refers to map {index} of {_object.Maps.Count}", "use an index of BpfObject.Maps");

    private int ExternSymbol(int index, string where) => (uint)index < (uint)_object.Externs.Count
        ? _externSymbols[_object.Externs[index].Name]
        : throw CannotWrite(where, $"it refers to extern {index} of {_object.Externs.Count}", "use an index of BpfObject.Externs");
}
