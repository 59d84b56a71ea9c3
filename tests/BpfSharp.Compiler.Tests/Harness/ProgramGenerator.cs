using System.Globalization;
using System.Text;

namespace BpfSharp.Compiler.Tests.Harness;

/// <summary>Writes random C# programs: arithmetic of all widths, branches, loops, structs, spans, calls. Equal seed, equal program.</summary>
internal sealed class ProgramGenerator(int seed)
{
    private static readonly string[] s_types = ["int", "uint", "long", "ulong", "byte", "sbyte", "short", "ushort"];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();
    private readonly List<(string Type, string Name)> _variables = [];
    private readonly List<string> _functions = [];
    private bool _inMain;
    private bool _hasSpan;
    private bool _hasBytes;
    private bool _hasPair;
    private bool _hasPacked;
    private int _next;
    private int _budget;
    private int _depth;

    public string Generate()
    {
        StringBuilder members = new();
        for (int i = 0; i < _random.Next(3); i++)
        {
            members.Append(Function());
        }

        _variables.Clear();
        _text.Clear();
        foreach ((string type, string name) in ((string, string)[])[("uint", "w.A"), ("uint", "w.B"), ("int", "w.C"), ("int", "w.D"),
            ("ulong", "w.E"), ("ulong", "w.F"), ("long", "w.G")])
        {
            _variables.Add((type, name));
        }

        _budget = 14;
        _inMain = true;
        _hasSpan = _hasBytes = _hasPair = _hasPacked = false;
        if (_random.Next(2) == 0)
        {
            _hasSpan = true;
            Line("Span<uint> s = stackalloc uint[4];");
            Line("s[1] = w.A; s[2] = w.B;");
            _variables.Add(("uint", "s[1]"));
            _variables.Add(("uint", "s[(int)(w.A & 3)]"));
        }

        if (_random.Next(2) == 0)
        {
            _hasPair = true;
            Line("Pair p = default; p.X = w.C; p.Z = w.E;");
            _variables.AddRange([("int", "p.X"), ("short", "p.Y"), ("ulong", "p.Z"), ("byte", "p.In.K")]);
        }

        if (_random.Next(3) == 0)
        {
            _hasPacked = true;
            Line("Packed k = new() { A = (byte)w.A, B = w.B, C = (ushort)w.C, D = w.E };");
            _variables.AddRange([("byte", "k.A"), ("uint", "k.B"), ("ushort", "k.C"), ("ulong", "k.D")]);
        }

        if (_random.Next(3) == 0)
        {
            _hasBytes = true;
            Line("Span<byte> t = stackalloc byte[12]; t.Clear(); BinaryPrimitives.WriteUInt64BigEndian(t[1..], w.F);");
            _variables.AddRange([("byte", "t[5]"), ("uint", "MemoryMarshal.Read<uint>(t[3..])"), ("byte", "t[(int)(w.B % 12)]")]);
        }

        if (_random.Next(3) == 0)
        {
            _variables.Add(("ulong", "s_sum"));
        }

        Block(_random.Next(4, 9));
        Line($"return {Cast("uint", Mix())};");
        return $$"""
            [BpfObject] static unsafe class P
            {
                public struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }
                public struct Inner { public byte K; public uint L; }
                public struct Pair { public int X; public short Y; public ulong Z; public Inner In; }
                [StructLayout(LayoutKind.Sequential, Pack = 1)] public struct Packed { public byte A; public uint B; public ushort C; public ulong D; }
                public static readonly ArrayMap<ulong> Cells = new(4);
                public static readonly HashMap<Packed, Pair> Pairs = new(64);
                static ulong s_sum; static int s_count = 3;
                [MethodImpl(MethodImplOptions.NoInlining)] static int Touch(ref Pair p, int by) { p.X += by; p.Z ^= (ulong)p.X; p.In.K++; return p.Y - by; }
                [MethodImpl(MethodImplOptions.NoInlining)] static uint Sum(in Packed k, uint n) => k.B + k.C * n + (uint)(k.D >> 9) - k.A;
                [MethodImpl(MethodImplOptions.NoInlining)] static Pair Make(int x, ulong z) => new() { X = x, Z = z * 5, In = new Inner { K = (byte)x, L = (uint)z } };
                static Packed Turn(Packed k) { (k.A, k.C) = ((byte)k.C, k.A); k.B = BitOperations.RotateLeft(k.B, 9); return k; }
                static bool Round(uint i, ref ulong sum) { sum = sum * 33 + i; return (sum & 0xff) != 7; }
            {{members}}
                [Xdp(OnFault = 77u)] public static uint Main(XdpContext ctx)
                {
                    var packet = ctx.Packet;
                    if (!packet.TryRead(out Words w)) return 99;
            {{_text}}    }
            }
            """;
    }

    private string Function()
    {
        string name = "F" + _functions.Count;
        string result = Pick("uint", "int", "ulong", "ushort");
        _variables.Clear();
        _variables.Add(("uint", "a"));
        _variables.Add(("long", "b"));
        _text.Clear();
        _budget = 3;
        Block(2);
        string attribute = _random.Next(2) == 0 && result != "ulong" ? "[MethodImpl(MethodImplOptions.NoInlining)] " : "";
        string body = $"    {attribute}static {result} {name}(uint a, long b)\n    {{\n{_text}        return {Cast(result, Mix())};\n    }}\n";
        _functions.Add($"{result} {name}");
        return body;
    }

    private string Mix()
    {
        string all = Value("uint");
        foreach ((_, string name) in _variables.TakeLast(4))
        {
            all = $"(({all}) * 31u + (uint)({name}))";
        }

        return all;
    }

    private void Line(string text) => _text.Append(' ', 8 + (4 * _depth)).Append(text).Append('\n');

    private void Block(int statements)
    {
        int known = _variables.Count;
        for (int i = 0; i < statements; i++)
        {
            Statement();
        }

        if (_depth > 0)
        {
            _variables.RemoveRange(known, _variables.Count - known);
        }
    }

    private void Statement()
    {
        int kind = _budget-- <= 0 ? _random.Next(4) : _random.Next(17);
        switch (kind)
        {
            case 0 or 1:
                {
                    string type = Pick(s_types);
                    string name = "v" + _next++;
                    Line($"{type} {name} = {Cast(type, Expression(type, 3))};");
                    _variables.Add((type, name));
                    break;
                }

            case 2 or 3:
                {
                    (string type, string name) = _variables[_random.Next(_variables.Count)];
                    if (name is "a" or "b" || name.StartsWith('i') || name.StartsWith('w') || name.StartsWith('M'))
                    {
                        Statement();
                        return;
                    }

                    Line($"{name} {Pick("=", "+=", "^=", "-=", "|=", "&=")} {Cast(type, Expression(type, 2))};");
                    break;
                }

            case 4 or 5 or 6:
                Line($"if ({Condition(2)})");
                Nest(2);
                if (_random.Next(2) == 0)
                {
                    Line("else");
                    Nest(1);
                }

                break;
            case 7:
                {
                    string i = "i" + _next++;
                    Line($"for (int {i} = {_random.Next(3)}; {i} < {_random.Next(3, 7)}; {i}++)");
                    _variables.Add(("int", i));
                    Nest(2);
                    _variables.RemoveAll(v => v.Name == i);
                    break;
                }

            case 10 when _inMain:
                Structs();
                break;
            case 11 when _inMain:
                {
                    string cell = "c" + _next++;
                    Line($"ref ulong {cell} = ref Cells.Find({Cast("uint", Value("uint"))} & 7, out bool ok{cell});");
                    Line($"if (ok{cell}) {cell} {Pick("+=", "^=", "=")} {Cast("ulong", Expression("ulong", 2))};");
                    break;
                }

            case 12 when _inMain:
                Line(Pick("Interlocked.Add(ref s_sum, ", "s_sum += (", "s_sum ^= (") + Cast("ulong", Expression("ulong", 1)) + ");");
                Line("s_count++;");
                _variables.Add(("int", "s_count"));
                break;
            case 13:
                {
                    string name = "x" + _next++;
                    string type = Pick("int", "uint", "long", "ulong");
                    Line($"{type} {name} = checked({Cast(type, Expression(type, 1))} {Pick("+", "-", "*")} Bpf.Opaque({Cast(type, Value(type))}));");
                    _variables.Add((type, name));
                    break;
                }

            case 14:
                {
                    string i = "i" + _next++;
                    Line($"int {i} = {_random.Next(4)};");
                    Line("do");
                    Line("{");
                    _depth++;
                    Line($"{i} += {_random.Next(1, 4)};");
                    Line($"if ({Condition(1)}) {Pick("continue", "break")};");
                    Block(1);
                    _depth--;
                    Line($"}} while ({i} < {_random.Next(4, 10)});");
                    break;
                }

            case 15 when _inMain:
                {
                    string name = "l" + _next++;
                    Line($"ulong {name} = {Cast("ulong", Expression("ulong", 1))};");
                    Line($"Bpf.Loop({Cast("uint", Value("uint"))} & 31, Round, ref {name});");
                    _variables.Add(("ulong", name));
                    break;
                }

            case 16 when _hasSpan && _inMain:
                Line($"s[(int)({Value("uint")} & {Pick("3", "3", "7")})] {Pick("=", "+=", "^=")} {Cast("uint", Expression("uint", 1))};");
                break;
            case 8:
                Line($"switch ({Value("uint")} & 7)");
                Line("{");
                _depth++;
                for (int c = 0; c < 4; c++)
                {
                    Line($"case {_random.Next(2) + (c * 2)}:");
                    Nest(1);
                    Line("break;");
                }

                _depth--;
                Line("}");
                break;
            default:
                if (_depth > 0 && _random.Next(3) == 0)
                {
                    Line($"if ({Condition(1)}) return {Cast(_functions.Count > 99 ? "uint" : "ushort", Value("uint"))};");
                }
                else
                {
                    Statement();
                }

                break;
        }
    }

    private void Structs()
    {
        string name = "q" + _next++;
        switch (_random.Next(5))
        {
            case 0 when _hasPair:
                Line($"Pair {name} = p; int r{name} = Touch(ref {name}, {Cast("int", Value("int"))}); p = {name};");
                _variables.AddRange([("int", "r" + name), ("ulong", name + ".Z")]);
                break;
            case 1 when _hasPacked:
                Line($"Packed {name} = Turn(k); k.D += Sum(in {name}, {Cast("uint", Value("uint"))});");
                _variables.AddRange([("uint", name + ".B"), ("ushort", name + ".C")]);
                break;
            case 2 when _hasPacked && _hasPair:
                Line($"Pairs.Set(k, p); if (Pairs.TryGetValue(k, out Pair {name})) p.Y += (short){name}.X;");
                break;
            case 3 when _hasBytes:
                Line($"BinaryPrimitives.Write{Pick("UInt32Little", "UInt32Big")}Endian(t[{_random.Next(8)}..], {Cast("uint", Expression("uint", 1))});");
                break;
            default:
                Line($"Pair {name} = Make({Cast("int", Value("int"))}, {Cast("ulong", Value("ulong"))});");
                _variables.AddRange([("ulong", name + ".Z"), ("byte", name + ".In.K"), ("uint", name + ".In.L")]);
                break;
        }
    }

    private void Nest(int statements)
    {
        Line("{");
        _depth++;
        Block(statements);
        _depth--;
        Line("}");
    }

    private string Condition(int depth) => _random.Next(5) switch
    {
        0 when depth > 0 => $"({Condition(depth - 1)} && {Condition(depth - 1)})",
        1 when depth > 0 => $"({Condition(depth - 1)} || {Condition(depth - 1)})",
        2 when depth > 0 => $"!({Condition(depth - 1)})",
        _ => Comparison(Pick("int", "uint", "long", "ulong")),
    };

    private string Comparison(string type) =>
        $"{Cast(type, Expression(type, 1))} {Pick("<", ">", "<=", ">=", "==", "!=")} {Cast(type, Expression(type, 1))}";

    private string Expression(string type, int depth)
    {
        if (depth == 0)
        {
            return Value(type);
        }

        string wide = Pick("int", "uint", "long", "ulong");
        string Sub() => Cast(wide, Expression(wide, depth - 1));
        return _random.Next(14) switch
        {
            0 or 1 => $"({Sub()} + {Sub()})",
            2 => $"({Sub()} - {Sub()})",
            3 => $"({Sub()} * {Sub()})",
            4 => $"({Sub()} ^ {Sub()})",
            5 => $"({Sub()} & {Sub()})",
            6 => $"({Sub()} | {Sub()})",
            7 => $"({Sub()} << (int)({Value("uint")} & 63))",
            8 => $"({Sub()} >> {_random.Next(64)})",
            9 => $"({Sub()} / {Divisor(wide)})",
            10 => $"({Sub()} % {Divisor(wide)})",
            11 => $"({Condition(0)} ? {Sub()} : {Sub()})",
            12 when _functions.Count > 0 => Call(),
            13 => $"{Pick("-", "~")}{Cast(wide == "ulong" ? "long" : wide, Value(wide))}",
            _ => Value(type),
        };
    }

    private string Call()
    {
        string name = _functions[_random.Next(_functions.Count)].Split(' ')[1];
        return $"{name}({Cast("uint", Value("uint"))}, {Cast("long", Value("long"))})";
    }

    private string Divisor(string type) => _random.Next(3) switch
    {
        0 => Cast(type, _variables[_random.Next(_variables.Count)].Name),
        1 => Cast(type, Pick("3", "7", "8", "16", "10", "1000", "255")),
        _ => type is "int" or "long" ? Cast(type, Pick("-3", "-8", "5", "64")) : Cast(type, "6"),
    };

    private string Value(string type)
    {
        if (_random.Next(4) == 0)
        {
            return type switch
            {
                "int" or "sbyte" or "short" => "(" + Pick("-1", "0", "1", "5", "-128", "127", "32767", "int.MinValue", "int.MaxValue") + ")",
                "long" => "(" + Pick("-1L", "0L", "1L", "4294967295L", "long.MinValue", "-2147483648L") + ")",
                "ulong" => Pick("0ul", "1ul", "4294967295ul", "18446744073709551615ul", "9223372036854775808ul"),
                _ => Pick("0u", "1u", "255u", "65535u", "2147483648u", "4294967295u"),
            };
        }

        (_, string name) = _variables[_random.Next(_variables.Count)];
        return name;
    }

    private static string Cast(string type, string expression) =>
        string.Create(CultureInfo.InvariantCulture, $"unchecked(({type})({expression}))");

    private string Pick(params ReadOnlySpan<string> values) => values[_random.Next(values.Length)];
}
