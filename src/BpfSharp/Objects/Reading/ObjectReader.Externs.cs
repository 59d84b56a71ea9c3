using BpfSharp.Btf;
using BpfSharp.Elf;
using BpfSharp.Maps;

namespace BpfSharp.Objects.Reading;

internal sealed partial class ObjectReader
{
    private const string KconfigSection = ".kconfig";
    private const string KsymsSection = ".ksyms";

    private readonly Dictionary<string, int> _externs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _kconfigOffsets = new(StringComparer.Ordinal);
    private int _kconfigMap = -1;

    private void ReadExterns()
    {
        if (_btf is null)
        {
            return;
        }

        Dictionary<string, ElfSymbol> undefined = [];
        foreach (ElfSymbol symbol in _symbols)
        {
            if (symbol is { SectionIndex: ElfSymbol.Undefined, IsGlobal: true, Name.Length: > 0 })
            {
                undefined.TryAdd(symbol.Name, symbol);
            }
        }

        ReadKsyms(undefined);
        ReadKconfig(undefined);
    }

    private void ReadKsyms(Dictionary<string, ElfSymbol> undefined)
    {
        List<ExternSpec> externs = [];
        foreach (BtfSectionVariable variable in _btf![_btf.Find(KsymsSection, BtfKind.DataSection)].Variables)
        {
            BtfType declaration = _btf[variable.TypeId];
            if (undefined.TryGetValue(declaration.Name, out ElfSymbol? symbol))
            {
                ExternKind kind = declaration.Kind == BtfKind.Function ? ExternKind.Kfunc
                    : _btf.SkipModifiers(declaration.TypeId).Kind == BtfKind.Void ? ExternKind.UntypedKernelSymbol
                    : ExternKind.TypedKernelSymbol;
                externs.Add(new ExternSpec(
                    declaration.Name, kind, symbol.Binding == ElfSymbolBinding.Weak, declaration.Id));
            }
        }

        foreach (ExternSpec external in externs.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (_externs.TryAdd(external.Name, _object.Externs.Count))
            {
                _object.Externs.Add(external);
            }
        }
    }

    private void ReadKconfig(Dictionary<string, ElfSymbol> undefined)
    {
        int sectionId = _btf!.Find(KconfigSection, BtfKind.DataSection);
        List<(string Name, int Size, int Alignment, int TypeId, bool IsWeak)> values = [];
        foreach (BtfSectionVariable variable in _btf[sectionId].Variables)
        {
            BtfType declaration = _btf[variable.TypeId];
            if (!undefined.TryGetValue(declaration.Name, out ElfSymbol? symbol))
            {
                continue;
            }

            if (declaration.Kind != BtfKind.Variable || !_btf.TrySizeOf(declaration.TypeId, out int size) || size == 0
                || (ulong)size > MaxSectionBytes)
            {
                throw Refusal.Extern(
                    declaration.Name, "it has no size a kernel configuration value could have", "use an integer, enum or char array");
            }

            values.Add((declaration.Name, size, _btf.AlignmentOf(declaration.TypeId), declaration.TypeId,
                symbol.Binding == ElfSymbolBinding.Weak));
        }

        if (values.Count == 0)
        {
            return;
        }

        // The order every loader of the field uses: the widest alignment first.
        long end = 0;
        foreach ((string name, int size, int alignment, int typeId, bool isWeak) in values
            .OrderByDescending(v => v.Alignment).ThenBy(v => v.Size).ThenBy(v => v.Name, StringComparer.Ordinal))
        {
            int offset = (int)((end + alignment - 1) / alignment * alignment);
            end = (long)offset + size;
            if ((ulong)end > MaxSectionBytes)
            {
                throw Refusal.Extern(name, $"{end} bytes of kernel configuration values", "ask for fewer");
            }

            _object.Kconfig.Add(new KconfigSpec(name, offset, size, typeId, isWeak));
            _kconfigOffsets.TryAdd(name, offset);
        }

        _kconfigMap = _object.Maps.Count;
        AddMap(new MapSpec
        {
            Name = KconfigSection,
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = (int)end,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyProgram | MapFlags.Mmapable,
            Role = MapRole.Kconfig,
            ValueTypeId = sectionId,
            InitialData = new byte[(int)end],
        }, -1, 0);
    }

    /// <summary>The extern a symbol names; one that the types do not know is added, for the host to judge.</summary>
    private int ExternIndex(ElfSymbol symbol, bool isCall)
    {
        if (!_externs.TryGetValue(symbol.Name, out int index))
        {
            index = _object.Externs.Count;
            _externs.Add(symbol.Name, index);
            _object.Externs.Add(new ExternSpec(
                symbol.Name, isCall ? ExternKind.Kfunc : ExternKind.UntypedKernelSymbol,
                symbol.Binding == ElfSymbolBinding.Weak, 0));
        }

        return index;
    }
}
