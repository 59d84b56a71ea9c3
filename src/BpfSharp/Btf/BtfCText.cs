using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace BpfSharp.Btf;

/// <summary>Writes types as a C header that compiles: definitions before their use, forward declarations where pointers go in circles.</summary>
/// <remarks>
/// Layouts are kept exactly: gaps become unnamed members, packed structures say so. Of several types with one name the later ones
/// get a suffix (<c>___2</c>), which CO-RE ignores.
/// </remarks>
public sealed class BtfCText
{
    // What C compilers spell themselves; integers with other names (of Rust, for example) become typedefs.
    private static readonly HashSet<string> s_words =
        ["char", "short", "int", "long", "signed", "unsigned", "_Bool", "bool", "__int128", "float", "double", "_Float16", "_Complex"];

    private readonly BtfFile _btf;
    private readonly TextWriter _output;
    private readonly string[] _names;
    private readonly byte[] _states;
    private readonly bool[] _declared;
    private readonly byte[] _alignments;
    private readonly Dictionary<string, int> _tags = [];
    private readonly Dictionary<string, int> _identifiers = [];

    // Twice what the kernel's own types need.
    private const int MaxIndent = 32;
    private const int MaxBodies = 200_000;

    private int _bodies;
    private int _nesting;
    private int _paddings;

    private const byte Started = 1;
    private const byte Done = 2;

    private BtfCText(BtfFile btf, TextWriter output)
    {
        _btf = btf;
        _output = output;
        _names = new string[btf.Count];
        _states = new byte[btf.Count];
        _declared = new bool[btf.Count];
        _alignments = new byte[btf.Count];
    }

    /// <summary>Writes all types of a set.</summary>
    /// <param name="btf">The set.</param>
    /// <param name="output">Where to.</param>
    /// <param name="preserveAccessIndex">Whether accesses are to be relocatable (CO-RE), as in a <c>vmlinux.h</c>.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">The types are damaged.</exception>
    public static void Write(BtfFile btf, TextWriter output, bool preserveAccessIndex = true)
    {
        ArgumentNullException.ThrowIfNull(btf);
        Write(btf, Enumerable.Range(btf.FirstId, btf.Count - btf.FirstId), output, preserveAccessIndex);
    }

    /// <summary>Writes some types of a set, and what they need.</summary>
    /// <param name="btf">The set.</param>
    /// <param name="ids">Types asked for.</param>
    /// <param name="output">Where to.</param>
    /// <param name="preserveAccessIndex">Whether accesses are to be relocatable (CO-RE).</param>
    /// <exception cref="Diagnostics.ObjectFormatException">The types are damaged.</exception>
    public static void Write(BtfFile btf, IEnumerable<int> ids, TextWriter output, bool preserveAccessIndex = true)
    {
        ArgumentNullException.ThrowIfNull(btf);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(output);
        BtfCText text = new(btf, output);
        if (preserveAccessIndex)
        {
            output.Write("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
                + "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n");
        }

        try
        {
            foreach (int id in ids)
            {
                if (btf[id].Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward
                    or BtfKind.Typedef)
                {
                    text.Require(id, isWhole: true);
                }
            }
        }
        catch (InsufficientExecutionStackException)
        {
            throw btf.Malformed("types are nested deeper than this machine's stack can follow");
        }

        if (preserveAccessIndex)
        {
            output.Write("#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n");
        }
    }

    /// <summary>The declaration of something of a type: <c>int (*name)(void *)</c>.</summary>
    /// <param name="btf">The set.</param>
    /// <param name="typeId">The type.</param>
    /// <param name="name">The name declared; empty for the type alone.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">The types are damaged.</exception>
    public static string Declaration(BtfFile btf, int typeId, string name)
    {
        ArgumentNullException.ThrowIfNull(btf);
        return new BtfCText(btf, TextWriter.Null).Declare(typeId, name, 0);
    }

    /// <summary>Writes what a type needs before it can be named (or, if whole, before it can be held by value), then itself.</summary>
    private void Require(int id, bool isWhole)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        BtfType type = _btf[id];
        switch (type.Kind)
        {
            case BtfKind.Struct:
            case BtfKind.Union:
                bool isAnonymous = type.NameBytes.IsEmpty;
                if (!isWhole && !isAnonymous)
                {
                    DeclareAhead(type);
                }
                else if (_states[id] == 0)
                {
                    _states[id] = Started;
                    foreach (BtfMember member in type.Members)
                    {
                        Require(member.TypeId, isWhole: true);
                    }

                    _states[id] = Done;
                    if (!isAnonymous)
                    {
                        _declared[id] = true;
                        _output.Write($"{Body(type, 0)};\n\n");
                    }
                }
                else if (_states[id] == Started && isWhole && !isAnonymous)
                {
                    throw _btf.Malformed($"{type} contains itself");
                }

                break;
            case BtfKind.Enum:
            case BtfKind.Enum64:
                if (_states[id] == 0 && !type.NameBytes.IsEmpty)
                {
                    _states[id] = Done;
                    _output.Write($"{Body(type, 0)};\n\n");
                }

                break;
            case BtfKind.Forward:
                DeclareAhead(type);
                break;
            case BtfKind.Typedef:
                Require(type.TypeId, isWhole);
                if (_states[id] == 0)
                {
                    _states[id] = Done;
                    if (type.Name != "__builtin_va_list")
                    {
                        _output.Write($"typedef {Declare(type.TypeId, NameOf(type), 0)};\n\n");
                    }
                }

                break;
            case BtfKind.Int:
            case BtfKind.Float:
                if (_states[id] == 0)
                {
                    _states[id] = Done;
                    if (!IsC(type))
                    {
                        _output.Write($"typedef {Spelling(type)} {NameOf(type)};\n\n");
                    }
                }

                break;
            case BtfKind.Pointer:
                Require(type.TypeId, isWhole: false);
                break;
            case BtfKind.Array:
                // Elements must be complete, even where only a pointer to the array is held.
                Require(type.TypeId, isWhole: true);
                break;
            case BtfKind.Volatile:
            case BtfKind.Const:
            case BtfKind.Restrict:
            case BtfKind.TypeTag:
                Require(type.TypeId, isWhole);
                break;
            case BtfKind.FunctionPrototype:
                if (_states[id] == 0)
                {
                    _states[id] = Done;
                    Require(type.TypeId, isWhole: false);
                    foreach (BtfParameter parameter in type.Parameters)
                    {
                        Require(parameter.TypeId, isWhole: false);
                    }
                }

                break;
            case BtfKind.Void:
            case BtfKind.Function:
            case BtfKind.Variable:
            case BtfKind.DataSection:
            case BtfKind.DeclarationTag:
            default:
                break;
        }
    }

    private void DeclareAhead(BtfType type)
    {
        if (!_declared[type.Id])
        {
            _declared[type.Id] = true;
            _output.Write($"{Keyword(type)} {NameOf(type)};\n\n");
        }
    }

    private static string Keyword(BtfType type) => type.Kind switch
    {
        BtfKind.Struct => "struct",
        BtfKind.Union => "union",
        BtfKind.Forward => type.KindFlag ? "union" : "struct",
        BtfKind.Enum or BtfKind.Enum64 => "enum",
        BtfKind.Void or BtfKind.Int or BtfKind.Pointer or BtfKind.Array or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const
            or BtfKind.Restrict or BtfKind.Function or BtfKind.FunctionPrototype or BtfKind.Variable or BtfKind.DataSection
            or BtfKind.Float or BtfKind.DeclarationTag or BtfKind.TypeTag => "",
        _ => "",
    };

    /// <summary>A type's name, made unique and fit for C.</summary>
    private string NameOf(BtfType type)
    {
        if (_names[type.Id] is { } known)
        {
            return known;
        }

        // A forward declaration shares its name with the definition it announces.
        bool isNumber = type.Kind is BtfKind.Int or BtfKind.Float;
        string name = isNumber && IsC(type) ? type.Name : Clean(type.Name);
        _names[type.Id] = name;
        if (type.Kind != BtfKind.Forward && !isNumber)
        {
            _names[type.Id] = name = Unique(type.IsComposite || type.IsEnum ? _tags : _identifiers, name);
        }

        return name;
    }

    private static string Unique(Dictionary<string, int> taken, string name)
    {
        int count = taken[name] = taken.GetValueOrDefault(name) + 1;
        return count == 1 ? name : $"{name}___{count}";
    }

    private static string Clean(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        ? name : string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private static bool IsC(BtfType number) => number.Name.Split(' ').All(s_words.Contains);

    private static string Spelling(BtfType type) =>
        type.Kind == BtfKind.Float ? (type.Size == 4 ? "float" : type.Size == 8 ? "double" : "long double")
        : (type.IntEncoding.HasFlag(BtfIntEncoding.Signed) ? "" : "unsigned ") + type.Size switch
        {
            1 => "char",
            2 => "short",
            4 => "int",
            16 => "__int128",
            _ => "long long",
        };

    private string Declare(int typeId, string inner, int indent)
    {
        StringBuilder qualifiers = new();
        for (int depth = 0; depth < 256; depth++)
        {
            BtfType type = _btf[typeId];
            switch (type.Kind)
            {
                case BtfKind.Const:
                    Qualify(qualifiers, "const ");
                    break;
                case BtfKind.Volatile:
                    Qualify(qualifiers, "volatile ");
                    break;
                case BtfKind.Restrict:
                    Qualify(qualifiers, "restrict ");
                    break;
                case BtfKind.TypeTag:
                    // Tags matter to the verifier only, and half of the compilers do not know them.
                    break;
                case BtfKind.Pointer:
                    inner = $"*{qualifiers}{inner}";
                    qualifiers.Clear();
                    if (_btf.SkipQualifiers(type.TypeId).Kind is BtfKind.Array or BtfKind.FunctionPrototype)
                    {
                        inner = $"({inner})";
                    }

                    break;
                case BtfKind.Array:
                    inner = $"{inner}[{type.ElementCount}]";
                    break;
                case BtfKind.FunctionPrototype:
                    inner = $"{inner}({Parameters(type)})";
                    qualifiers.Clear();
                    break;
                case BtfKind.Void:
                case BtfKind.Int:
                case BtfKind.Struct:
                case BtfKind.Union:
                case BtfKind.Enum:
                case BtfKind.Forward:
                case BtfKind.Typedef:
                case BtfKind.Function:
                case BtfKind.Variable:
                case BtfKind.DataSection:
                case BtfKind.Float:
                case BtfKind.DeclarationTag:
                case BtfKind.Enum64:
                default:
                    string name = BaseName(type, indent);
                    return inner.Length == 0 ? $"{qualifiers}{name}" : $"{qualifiers}{name} {inner}";
            }

            typeId = type.TypeId;
        }

        throw _btf.Malformed($"type {typeId} refers to itself");
    }

    // const of a typedef of const occurs, and compilers complain.
    private static void Qualify(StringBuilder qualifiers, string word)
    {
        if (!qualifiers.ToString().Contains(word, StringComparison.Ordinal))
        {
            qualifiers.Append(word);
        }
    }

    private string BaseName(BtfType type, int indent) =>
        type.Kind == BtfKind.Void ? "void"
        : type.IsComposite || type.IsEnum
            ? type.NameBytes.IsEmpty ? Body(type, indent) : $"{Keyword(type)} {NameOf(type)}"
        : type.Kind == BtfKind.Forward ? $"{Keyword(type)} {NameOf(type)}"
        : NameOf(type);

    private string Parameters(BtfType prototype)
    {
        if (prototype.Count == 0)
        {
            return "void";
        }

        if (++_nesting > MaxIndent || ++_bodies > MaxBodies)
        {
            throw _btf.Malformed($"{prototype} takes functions that take functions too deep, or too often");
        }

        StringBuilder text = new();
        for (int i = 0; i < prototype.Count; i++)
        {
            BtfParameter parameter = prototype.Parameters[i];
            text.Append(i > 0 ? ", " : "");
            text.Append(parameter.TypeId == 0 && i == prototype.Count - 1
                ? "..." : Declare(parameter.TypeId, Clean(parameter.Name), 0));
        }

        _nesting--;
        return text.ToString();
    }

    private string Body(BtfType type, int indent)
    {
        // Anonymous types are written where they are used, and a damaged file may use them in themselves.
        if (indent > MaxIndent || ++_bodies > MaxBodies)
        {
            throw _btf.Malformed($"{type} is written inside others too deep, or too often");
        }

        string tabs = new('\t', indent);
        StringBuilder text = new(Keyword(type));
        if (!type.NameBytes.IsEmpty)
        {
            text.Append(' ').Append(NameOf(type));
        }

        text.Append(" {\n");
        if (type.IsEnum)
        {
            foreach (BtfEnumerator value in type.Enumerators)
            {
                string number = type.Kind == BtfKind.Enum
                    ? value.Value.ToString(CultureInfo.InvariantCulture)
                    : type.KindFlag ? $"{value.Value}LL" : $"{(ulong)value.Value}ULL";
                text.Append($"{tabs}\t{Unique(_identifiers, Clean(value.Name))} = {number},\n");
            }

            string mode = type.Size switch { 1 => "byte", 2 => "HI", 8 => "word", _ => "" };
            return text.Append(tabs).Append('}').Append(mode.Length > 0 ? $" __attribute__((mode({mode})))" : "").ToString();
        }

        bool isPacked = AlignmentOf(type.Id) == 1 && type.Size > 0;
        long end = 0;
        int widest = 1;
        foreach (BtfMember member in type.Members)
        {
            int alignment = isPacked ? 1 : AlignmentOf(member.TypeId);
            widest = Math.Max(widest, alignment);
            if (type.Kind == BtfKind.Struct)
            {
                long natural = member.BitfieldSize > 0 ? end : (end + (8 * alignment) - 1) / (8 * alignment) * (8 * alignment);
                if (member.BitOffset > natural)
                {
                    Pad(text, tabs, end, member.BitOffset);
                }

                end = member.BitOffset + (member.BitfieldSize > 0 ? member.BitfieldSize : 8L * _btf.SizeOf(member.TypeId));
            }
            else
            {
                end = Math.Max(end, member.BitfieldSize > 0 ? member.BitfieldSize : 8L * _btf.SizeOf(member.TypeId));
            }

            string width = member.BitfieldSize > 0 ? $" : {member.BitfieldSize}" : "";
            text.Append($"{tabs}\t{Declare(member.TypeId, Clean(member.Name), indent + 1)}{width};\n");
        }

        long whole = (end + (8 * widest) - 1) / (8 * widest) * (8 * widest);
        if (8L * type.Size > whole && type.Kind == BtfKind.Struct)
        {
            Pad(text, tabs, end, 8L * type.Size);
        }
        else if (8L * type.Size > whole)
        {
            text.Append($"{tabs}\tunsigned char __size[{type.Size}];\n");
        }

        return text.Append(tabs).Append('}').Append(isPacked && NeedsPacking(type) ? " __attribute__((packed))" : "").ToString();
    }

    private int AlignmentOf(int typeId)
    {
        ref byte known = ref _alignments[typeId];
        return known != 0 ? known : known = (byte)_btf.AlignmentOf(typeId);
    }

    private bool NeedsPacking(BtfType type)
    {
        foreach (BtfMember member in type.Members)
        {
            if (AlignmentOf(member.TypeId) > 1)
            {
                return true;
            }
        }

        return false;
    }

    // Bytes are exact everywhere; single bits only reach to the next byte.
    private void Pad(StringBuilder text, string tabs, long from, long to)
    {
        long toByte = Math.Min(to, (from + 7) / 8 * 8);
        if (toByte > from)
        {
            text.Append($"{tabs}\tunsigned char : {toByte - from};\n");
        }

        if (to / 8 > toByte / 8 && toByte % 8 == 0)
        {
            text.Append($"{tabs}\tunsigned char __pad{_paddings++}[{(to / 8) - (toByte / 8)}];\n");
        }

        if (to % 8 > 0 && to / 8 * 8 >= toByte)
        {
            text.Append($"{tabs}\tunsigned char : {to % 8};\n");
        }
    }
}
