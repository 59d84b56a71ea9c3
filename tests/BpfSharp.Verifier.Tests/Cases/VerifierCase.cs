using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Tests.Cases;

/// <summary>A program with the verdict it must get: a row of a file of this folder.</summary>
/// <remarks>
/// A file holds lines <c>map NAME = TYPE KEY VALUE MAX [lock|timer|readonly|pointers:TAG:TYPE:COUNT]</c>, <c>kfunc NAME</c>, <c>macro NAME = TEXT</c>,
/// <c>function LABEL [static] [void] PARAMETER...</c> (int, ctx, dynptr, memSIZE, each with :TAG)
/// and rows <c>VERDICT | PROGRAM TYPE | INSTRUCTIONS | NAME</c>. The verdict is <c>accept</c>, or <c>reject</c> and the finding's id. The type is
/// <c>Type</c>, <c>Type/AttachType</c> or <c>Type/AttachType:target</c>; a <c>!</c> after it takes the GPL licence away, a
/// <c>+</c> makes the program sleepable, a <c>-</c> loads it without CAP_PERFMON. Instructions are apart by <c>;</c>, <c>{NAME}</c> stands for a macro.
/// </remarks>
public sealed class VerifierCase
{
    private VerifierCase(string file, int line, string[] parts, string text, BpfObject obj, ProgramSpec spec)
    {
        string[] verdict = parts[0].Split(' ');
        File = file;
        Line = line;
        Name = parts[3];
        Text = text;
        Accepted = verdict[0] == "accept";
        Id = verdict.Length > 1 ? verdict[1] : null;
        IsStrict = parts[1].Contains('-', StringComparison.Ordinal);
        Row = string.Join(" | ", parts[1..]);
        Object = obj;
        Spec = spec;
    }

    public string File { get; }
    public int Line { get; }
    public string Name { get; }
    public string Text { get; }
    public bool Accepted { get; }
    public string? Id { get; }
    /// <summary>Whether the loader has CAP_BPF and CAP_NET_ADMIN alone.</summary>
    public bool IsStrict { get; }
    public VerifierMode Mode => IsStrict ? VerifierMode.UnprivilegedStrict : VerifierMode.Kernel;
    /// <summary>The line without its verdict.</summary>
    public string Row { get; }
    public BpfObject Object { get; }
    public ProgramSpec Spec { get; }

    /// <summary>Whether it uses kernel functions or structures, which only a kernel's BTF describes.</summary>
    public bool NeedsKernelTypes => Text.Contains("kfunc[", StringComparison.Ordinal) || Spec.AttachTarget is not null
        || Spec.Type == ProgramType.Netfilter || Id == "BPF2113";

    public override string ToString() => $"{File}:{Line} {Name}";

    public static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    public static IEnumerable<VerifierCase> ReadAll() =>
        Directory.GetFiles(Folder(), "*.cases").Order(StringComparer.Ordinal).SelectMany(ReadFile);

    public static IEnumerable<VerifierCase> ReadFile(string path)
    {
        Dictionary<string, string> macros = [];
        List<string[]> maps = [];
        List<string> externs = [];
        Dictionary<string, string[]> functions = [];
        int number = 0;
        foreach (string line in System.IO.File.ReadLines(path))
        {
            number++;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case [] or ["#", ..]:
                    break;
                case ["map", ..]:
                    maps.Add(words);
                    break;
                case ["kfunc", var name]:
                    externs.Add(name);
                    break;
                case ["function", var name, ..]:
                    functions[name] = words[2..];
                    break;
                case ["macro", var name, "=", ..]:
                    macros[name] = Expand(line[(line.IndexOf('=') + 1)..].Trim(), macros);
                    break;
                default:
                    string[] parts = line.Split(" | ", StringSplitOptions.TrimEntries);
                    if (parts.Length != 4)
                    {
                        throw new FormatException($"{path}:{number}: not VERDICT | TYPE | INSTRUCTIONS | NAME: {line}");
                    }

                    yield return Build(Path.GetFileName(path), number, parts, maps, externs, macros, functions);
                    break;
            }
        }
    }

    private static string Expand(string text, Dictionary<string, string> macros)
    {
        foreach ((string name, string value) in macros)
        {
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }

        return text;
    }

    private static VerifierCase Build(
        string file, int line, string[] parts, List<string[]> maps, List<string> externs, Dictionary<string, string> macros,
        Dictionary<string, string[]> functions)
    {
        string text = string.Join('\n', Expand(parts[2], macros).Split(';', StringSplitOptions.TrimEntries));
        BpfObject obj = new() { Name = parts[3], License = parts[1].Contains('!') ? "" : "GPL" };
        MapTypes types = new();
        foreach (string[] map in maps.Where(m => text.Contains($"map[{m[1]}]", StringComparison.Ordinal)))
        {
            obj.Maps.Add(types.Build(map));
        }

        foreach (string name in externs)
        {
            obj.Externs.Add(new ExternSpec(name, ExternKind.Kfunc, false, 0));
        }

        ImmutableArray<Instruction> code = Assembler.Assemble(text, new AssemblerOptions
        {
            HelperNumber = name => HelperTable.Find(name)?.Id,
            MapIndex = name => obj.Maps.ToList().FindIndex(m => m.Name == name) is var index && index >= 0 ? index : null,
            ExternIndex = name => externs.IndexOf(name) is var index && index >= 0 ? index : null,
        });
        ProgramSpec spec = MakeProgram(parts[1], code);
        Dictionary<int, string> named = functions.Keys.Where(n => text.Contains($"{n}:", StringComparison.Ordinal))
            .ToDictionary(n => SlotOf(text, n), n => n);
        if (named.Count > 0 || code.Any(i => i.Op == Op.LoadFunction))
        {
            foreach (int slot in named.Keys.Except(spec.Subprograms.Select(f => f.StartSlot)))
            {
                spec.Subprograms = [.. spec.Subprograms.Append(new Subprogram($"function{slot}", slot, 0, false)).OrderBy(f => f.StartSlot)];
            }

            spec.Subprograms =
            [
                .. spec.Subprograms.Select(f => named.TryGetValue(f.StartSlot, out string? name)
                    ? types.Describe(f with { Name = name, IsGlobal = true }, functions[name]) : types.Describe(f)),
            ];
        }

        obj.Btf = types.Finish();
        obj.Programs.Add(spec);
        return new VerifierCase(file, line, parts, text, obj, spec);
    }

    // Where a label stands: what comes before it is assembled alone, the labels after it put to its end.
    private static int SlotOf(string text, string label)
    {
        string[] lines = text.Split('\n');
        int at = Array.FindIndex(lines, l => l.StartsWith($"{label}:", StringComparison.Ordinal));
        IEnumerable<string> later = lines.Skip(at).Where(l => l.Contains(": ", StringComparison.Ordinal)).Select(l => l[..(l.IndexOf(':') + 1)]);
        return Assembler.Assemble(string.Join('\n', [.. lines.Take(at), .. later, "exit"]), new AssemblerOptions
        {
            HelperNumber = _ => 1,
            MapIndex = _ => 0,
            ExternIndex = _ => 0,
        }).Length - 1;
    }

    private static ProgramSpec MakeProgram(string type, ImmutableArray<Instruction> code)
    {
        string[] parts = type.Replace("!", "").Replace("+", "").Replace("-", "").Split('/', ':');
        ImmutableArray<Subprogram>.Builder functions = ImmutableArray.CreateBuilder<Subprogram>();
        functions.Add(new Subprogram("main", 0, 0, true));
        foreach (int start in Starts(code))
        {
            functions.Add(new Subprogram($"function{start}", start, 0, false));
        }

        return new ProgramSpec
        {
            Name = "case",
            Type = Enum.Parse<ProgramType>(parts[0]),
            AttachType = parts.Length > 1 ? Enum.Parse<AttachType>(parts[1]) : null,
            AttachTarget = parts.Length > 2 ? parts[2] : null,
            Flags = type.Contains('+') ? ProgramFlags.Sleepable : ProgramFlags.None,
            Instructions = code,
            Subprograms = functions.ToImmutable(),
        };
    }

    private static SortedSet<int> Starts(ImmutableArray<Instruction> code)
    {
        SortedSet<int> starts = [];
        for (int slot = 0; slot < code.Length; slot++)
        {
            if (code[slot].Op is Op.CallLocal or Op.LoadFunction)
            {
                starts.Add(slot + 1 + code[slot].Imm);
            }

            slot += code[slot].Opcode == 0x18 ? 1 : 0;
        }

        return starts;
    }

    // Maps, with the types their special fields need.
    private sealed class MapTypes
    {
        private readonly BtfBuilder _types = new();
        private bool _used;

        public MapSpec Build(string[] words)
        {
            MapSpec map = new()
            {
                Name = words[1],
                Type = Enum.Parse<MapType>(words[3]),
                KeySize = Number(words[4]),
                ValueSize = Number(words[5]),
                MaxEntries = (uint)Number(words[6]),
            };
            foreach (string option in words.AsSpan(7))
            {
                switch (option)
                {
                    case "readonly":
                        map.Role = MapRole.ReadOnlyData;
                        map.InitialData = [.. Enumerable.Range(0, map.ValueSize).Select(i => (byte)(i % 8 == 0 ? 8 : 0))];
                        map.Flags |= MapFlags.ReadOnlyProgram;
                        break;
                    case "noprealloc":
                        map.Flags |= MapFlags.NoPreallocate;
                        break;
                    case "lock":
                        AddValue(map, "bpf_spin_lock", 4);
                        break;
                    case "timer":
                        AddValue(map, "bpf_timer", 16);
                        break;
                    case "inner":
                        map.InnerMap = new MapSpec { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
                        break;
                    case var pointers when pointers.Split(':') is ["pointers", var tag, var type, var count]:
                        AddPointers(map, tag, type, (uint)Number(count));
                        break;
                    default:
                        throw new FormatException($"map option {option}");
                }
            }

            return map;
        }

        // struct value { struct bpf_... field; char rest[]; }, the field at offset 0; the key is an unsigned int.
        private void AddValue(MapSpec map, string field, int size)
        {
            _used = true;
            int word = _types.AddInt("unsigned int", 4);
            int special = _types.AddStruct(field, size);
            if (field == "bpf_spin_lock")
            {
                _types.AddMember(special, "val", word, 0);
            }
            else
            {
                int wide = _types.AddInt("unsigned long long", 8);
                int both = _types.AddArray(wide, word, 2);
                _types.AddMember(special, "__opaque", both, 0);
            }

            int rest = _types.AddArray(word, word, (uint)((map.ValueSize - size) / 4));
            int value = _types.AddStruct("value_" + map.Name, map.ValueSize);
            _types.AddMember(value, "special", special, 0);
            _types.AddMember(value, "rest", rest, size * 8);
            map.KeyTypeId = word;
            map.ValueTypeId = value;
        }

        // struct value { struct TYPE __TAG *pointers[COUNT]; char rest[]; }; the key is an unsigned int.
        private void AddPointers(MapSpec map, string tag, string type, uint count)
        {
            _used = true;
            int word = _types.AddInt("unsigned int", 4);
            int target = _types.AddStruct(type, 4);
            _types.AddMember(target, "first", word, 0);
            int array = _types.AddArray(_types.AddPointer(_types.AddTypeTag(tag, target)), word, count);
            int value = _types.AddStruct("value_" + map.Name, map.ValueSize);
            _types.AddMember(value, "pointers", array, 0);
            if (map.ValueSize > count * 8)
            {
                int rest = _types.AddArray(word, word, ((uint)map.ValueSize - (count * 8)) / 4);
                _types.AddMember(value, "rest", rest, (int)count * 64);
            }

            map.KeyTypeId = word;
            map.ValueTypeId = value;
        }

        // int name(void *context), as a function record wants it.
        public Subprogram Describe(Subprogram function)
        {
            _used = true;
            int number = _types.AddInt("int", 4, BtfIntEncoding.Signed);
            int prototype = _types.AddFunctionPrototype(number, ("context", _types.AddPointer(0)));
            BtfLinkage linkage = function.IsGlobal ? BtfLinkage.Global : BtfLinkage.Static;
            return function with { BtfTypeId = _types.AddFunction(function.Name, prototype, linkage) };
        }

        // int name(PARAMETERS): int, ctx, dynptr, or mem and a size; tags of the parameter after colons. "void" for the result.
        public Subprogram Describe(Subprogram function, string[] parameters)
        {
            _used = true;
            int number = _types.AddInt("int", 4, BtfIntEncoding.Signed);
            string[] real = [.. parameters.Where(p => p is not ("void" or "static"))];
            (string, int)[] list = [.. real.Select((p, i) => ($"p{i}", ParameterType(p.Split(':')[0], number)))];
            int prototype = _types.AddFunctionPrototype(parameters.Contains("void") ? 0 : number, list);
            bool isStatic = parameters.Contains("static");
            int type = _types.AddFunction(function.Name, prototype, isStatic ? BtfLinkage.Static : BtfLinkage.Global);
            for (int i = 0; i < real.Length; i++)
            {
                foreach (string tag in real[i].Split(':')[1..])
                {
                    _types.AddDeclarationTag("arg:" + tag, type, i);
                }
            }

            return function with { BtfTypeId = type, IsGlobal = !isStatic };
        }

        private int ParameterType(string word, int number)
        {
            string digits = word.TrimStart([.. "abcdefghijklmnopqrstuvwxyz_"]);
            return word switch
            {
                "int" => number,
                "ctx" => _types.AddPointer(0),
                "dynptr" => _types.AddPointer(_types.AddForward("bpf_dynptr")),
                _ when word.StartsWith("mem", StringComparison.Ordinal) => _types.AddPointer(_types.AddStruct($"bytes{digits}", Number(digits))),
                _ => _types.AddPointer(_types.AddForward(word)),
            };
        }

        public BtfFile? Finish() => _used ? _types.Build() : null;

        private static int Number(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
    }
}
