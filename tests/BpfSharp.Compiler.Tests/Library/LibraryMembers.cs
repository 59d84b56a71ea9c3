using System.Buffers.Binary;
using System.Numerics;
using System.Reflection;

namespace BpfSharp.Compiler.Tests.Library;

/// <summary>Members of the base library as expressions over the numbers <c>a</c>, <c>b</c> and <c>c</c> of a packet.</summary>
internal static class LibraryMembers
{
    /// <summary>What the members' classes use.</summary>
    public const string Types = """
        [StructLayout(LayoutKind.Sequential, Pack = 1)] struct Numbers { public ulong A, B, C; }
        struct Pair { public uint X; public ulong Y; }
        [Flags] enum Bits : uint { One = 1, Two = 2, Four = 4 }

        """;

    private static readonly Dictionary<Type, string> s_names = new()
    {
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(sbyte)] = "sbyte",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    // Types whose static members over integers are all tried.
    private static readonly Type[] s_types =
    [
        typeof(Math), typeof(BitOperations), typeof(BinaryPrimitives),
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(nint), typeof(nuint), typeof(char),
    ];

    // Members that want memory or something generic: type, member, statements that end with an expression.
    private static readonly (string Type, string Member, string Code)[] s_written =
    [
        ("Span<T>", "indexer", "Span<byte> s = stackalloc byte[8]; s[(int)(a & 7)] = (byte)b; s[1] += 3; return s[(int)(c & 7)];"),
        ("Span<T>", "indexer outside", "Span<byte> s = stackalloc byte[8]; s[0] = 1; return s[(int)(a & 15)];"),
        ("Span<T>", "Length, IsEmpty", "Span<uint> s = stackalloc uint[(int)4]; s.Clear(); return (ulong)s.Length + (s.IsEmpty ? 7u : 8u);"),
        ("Span<T>", "Slice, ranges", "Span<byte> s = stackalloc byte[16]; s.Clear(); Span<byte> t = s[4..12]; t[0] = (byte)a; t[^1] = (byte)b; return (ulong)s.Slice(4)[0] << 8 | s[11];"),
        ("Span<T>", "Fill", "Span<byte> s = stackalloc byte[12]; s.Fill((byte)a); return s[(int)(b % 12)] + (ulong)s[11];"),
        ("Span<T>", "Clear", "Span<ulong> s = stackalloc ulong[3]; s[0] = a; s[1] = b; s[2] = c; s[1..].Clear(); return s[0] + s[1] + s[2];"),
        ("Span<T>", "CopyTo", "Span<byte> s = stackalloc byte[8]; Span<byte> t = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); s.CopyTo(t); return BinaryPrimitives.ReadUInt64LittleEndian(t);"),
        ("Span<T>", "TryCopyTo", "Span<byte> s = stackalloc byte[8]; s.Fill((byte)a); Span<byte> t = stackalloc byte[4]; t.Clear(); return s.TryCopyTo(t) ? 1u : s[..4].TryCopyTo(t) ? t[3] : 3u;"),
        ("Span<T>", "foreach", "Span<ushort> s = stackalloc ushort[4]; s[0] = (ushort)a; s[1] = (ushort)b; s[2] = (ushort)c; s[3] = 9; ulong n = 0; foreach (ref ushort x in s) { n = n * 31 + x; } return n;"),
        ("ReadOnlySpan<T>", "from a table", "ReadOnlySpan<uint> t = [3, 5, 7, 11]; return t[(int)(a & 3)];"),
        ("ReadOnlySpan<T>", "from UTF-8 text", "ReadOnlySpan<byte> t = \"filter\"u8; return t[(int)(a % 6)] + (ulong)t.Length;"),
        ("MemoryExtensions", "SequenceEqual", "Span<byte> s = stackalloc byte[4]; BinaryPrimitives.WriteUInt32LittleEndian(s, (uint)a); ReadOnlySpan<byte> t = [1, 0, 0, 0]; return s.SequenceEqual(t) ? 1u : 0u;"),
        ("MemoryExtensions", "StartsWith", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return s.StartsWith(\"\\u0001\\0\"u8) ? 1u : 0u;"),
        ("MemoryExtensions", "EndsWith", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return s.EndsWith(\"\\0\\0\"u8) ? 1u : 0u;"),
        ("MemoryExtensions", "IndexOf", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)(long)s.IndexOf((byte)b);"),
        ("MemoryExtensions", "LastIndexOf", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)(long)s.LastIndexOf((byte)b);"),
        ("MemoryExtensions", "Contains", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return s.Contains((byte)b) ? 1u : 0u;"),
        ("MemoryExtensions", "IndexOfAny", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)(long)s.IndexOfAny((byte)b, (byte)c);"),
        ("MemoryExtensions", "ContainsAny", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return s.ContainsAny((byte)b, (byte)c, (byte)7) ? 1u : 0u;"),
        ("MemoryExtensions", "IndexOfAnyExcept", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)(long)s.IndexOfAnyExcept((byte)0);"),
        ("MemoryExtensions", "Count", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)s.Count((byte)b);"),
        ("MemoryExtensions", "Reverse", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); s.Reverse(); return BinaryPrimitives.ReadUInt64LittleEndian(s);"),
        ("MemoryExtensions", "CommonPrefixLength", "Span<byte> s = stackalloc byte[8]; Span<byte> t = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); BinaryPrimitives.WriteUInt64LittleEndian(t, b); return (ulong)s.CommonPrefixLength(t);"),
        ("MemoryExtensions", "SequenceCompareTo", "Span<byte> s = stackalloc byte[4]; Span<byte> t = stackalloc byte[4]; BinaryPrimitives.WriteUInt32LittleEndian(s, (uint)a); BinaryPrimitives.WriteUInt32LittleEndian(t, (uint)b); return (ulong)Math.Sign(s.SequenceCompareTo(t));"),
        ("MemoryExtensions", "TrimEnd", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return (ulong)s.TrimEnd((byte)0).Length;"),
        ("MemoryMarshal", "Cast", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return MemoryMarshal.Cast<byte, ushort>(s)[(int)(b & 3)];"),
        ("MemoryMarshal", "AsBytes", "Span<uint> s = stackalloc uint[2]; s[0] = (uint)a; s[1] = (uint)b; return MemoryMarshal.AsBytes(s)[(int)(c & 7)];"),
        ("MemoryMarshal", "Read", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return MemoryMarshal.Read<uint>(s[2..]);"),
        ("MemoryMarshal", "TryRead", "Span<byte> s = stackalloc byte[8]; s.Fill((byte)a); return MemoryMarshal.TryRead(s[2..], out uint v) ? v : 5u;"),
        ("MemoryMarshal", "Write", "Span<byte> s = stackalloc byte[8]; s.Clear(); uint v = (uint)a; MemoryMarshal.Write(s[3..], v); return BinaryPrimitives.ReadUInt64BigEndian(s);"),
        ("MemoryMarshal", "GetReference", "Span<ulong> s = stackalloc ulong[2]; s[0] = a; s[1] = b; return MemoryMarshal.GetReference(s);"),
        ("MemoryMarshal", "CreateSpan", "ulong v = a; Span<ulong> s = MemoryMarshal.CreateSpan(ref v, 1); s[0] += b; return v;"),
        ("MemoryMarshal", "AsRef", "Span<byte> s = stackalloc byte[8]; s.Clear(); MemoryMarshal.AsRef<uint>(s) = (uint)a; return s[(int)(b & 7)];"),
        ("BitConverter", "ToUInt32, ToUInt64", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); return BitConverter.ToUInt32(s[2..]) + BitConverter.ToUInt64(s);"),
        ("BitConverter", "TryWriteBytes", "Span<byte> s = stackalloc byte[8]; s.Clear(); return BitConverter.TryWriteBytes(s[1..], (uint)a) ? BinaryPrimitives.ReadUInt64LittleEndian(s) : 2u;"),
        ("Unsafe", "As, ReadUnaligned", "ulong v = a; return Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref Unsafe.As<ulong, byte>(ref v), (int)(b & 3)));"),
        ("Unsafe", "BitCast", "return (ulong)Unsafe.BitCast<uint, int>((uint)a);"),
        ("Unsafe", "SizeOf", "return (ulong)Unsafe.SizeOf<Pair>() + a;"),
        ("Interlocked", "Increment", "long v = (long)a; Interlocked.Increment(ref v); return (ulong)v;"),
        ("Interlocked", "Decrement", "int v = (int)a; return (ulong)(long)Interlocked.Decrement(ref v);"),
        ("Interlocked", "Add", "ulong v = a; return Interlocked.Add(ref v, b) ^ v;"),
        ("Interlocked", "And", "uint v = (uint)a; return Interlocked.And(ref v, (uint)b) + (ulong)v;"),
        ("Interlocked", "Or", "long v = (long)a; return (ulong)Interlocked.Or(ref v, (long)b) + (ulong)v;"),
        ("Interlocked", "Exchange", "ulong v = a; return Interlocked.Exchange(ref v, b) + v * 3;"),
        ("Interlocked", "CompareExchange", "uint v = (uint)a; return Interlocked.CompareExchange(ref v, (uint)c, (uint)b) + (ulong)v * 3;"),
        ("Interlocked", "Read", "long v = (long)a; return (ulong)Interlocked.Read(ref v);"),
        ("Volatile", "Read, Write", "ulong v = 0; Volatile.Write(ref v, a); return Volatile.Read(ref v);"),
        ("Nullable<T>", "HasValue, Value, GetValueOrDefault", "uint? v = (a & 1) == 0 ? null : (uint)b; return v.HasValue ? v.Value : v.GetValueOrDefault(9);"),
        ("Nullable<T>", "??, lifted operators", "int? v = (a & 1) == 0 ? null : (int)b; int? w = v + 2; return (ulong)(long)(w ?? -5);"),
        ("ValueTuple", "fields, deconstruction, ==", "(ulong X, uint Y) t = (a, (uint)b); (ulong x, uint y) = t; return t == (b, (uint)a) ? 1u : x + y;"),
        ("KeyValuePair<K,V>", "Key, Value", "System.Collections.Generic.KeyValuePair<ulong, ulong> p = new(a, b); return p.Key * 3 + p.Value;"),
        ("Index, Range", "variables", "Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(s, a); Index i = ^3; Range r = 2..5; return s[i] + (ulong)s[r][1];"),
        ("ArgumentOutOfRangeException", "ThrowIf...", "ArgumentOutOfRangeException.ThrowIfGreaterThan(a & 15, 7ul); return a;"),
        ("Debug", "Assert", "System.Diagnostics.Debug.Assert(true); return a;"),
        ("UInt128", "+, -, <<, comparison", "UInt128 x = (UInt128)a + b; x <<= 3; return (ulong)(x >> 60);"),
        ("Int128", "*", "Int128 x = (Int128)(long)a * (long)b; return (ulong)(x >> 64);"),
        ("Enum", "HasFlag", "Bits flags = (Bits)(a & 7); return flags.HasFlag((Bits)(b & 3)) ? 1u : 0u;"),
        ("EqualityComparer<T>", "Default.Equals", "return System.Collections.Generic.EqualityComparer<ulong>.Default.Equals(a, b) ? 1u : 0u;"),
        ("TimeSpan", "constants", "return a % (ulong)TimeSpan.TicksPerSecond;"),
    ];

    /// <summary>All, in an order that does not change.</summary>
    public static IEnumerable<LibraryMember> All()
    {
        int number = 0;
        foreach (Type type in s_types)
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.Public)
                .Where(Fits).OrderBy(m => m.Name, StringComparer.Ordinal).ThenBy(m => m.ToString(), StringComparer.Ordinal))
            {
                yield return new(number++, Name(type), method.Name, Signature(method), Call(type, method));
            }
        }

        foreach (string order in (string[])["LittleEndian", "BigEndian"])
        {
            foreach (string kind in (string[])["Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"])
            {
                string name = kind + order;
                const string Fill = "Span<byte> s = stackalloc byte[12]; s.Clear(); MemoryMarshal.Write(s[1..], a); ";
                string cast = Name(Type.GetType("System." + kind)!);
                yield return new(number++, "BinaryPrimitives", "Read" + name, "ReadOnlySpan<byte>", $"{Fill}return unchecked((ulong)BinaryPrimitives.Read{name}(s[2..]));");
                yield return new(number++, "BinaryPrimitives", "TryRead" + name, "ReadOnlySpan<byte>", $"{Fill}return BinaryPrimitives.TryRead{name}(s[3..11], out var v) ? unchecked((ulong)v) : 3;");
                yield return new(number++, "BinaryPrimitives", "Write" + name, "Span<byte>", $"{Fill}BinaryPrimitives.Write{name}(s[4..], ({cast})b); return MemoryMarshal.Read<ulong>(s[2..]);");
                yield return new(number++, "BinaryPrimitives", "TryWrite" + name, "Span<byte>", $"{Fill}return BinaryPrimitives.TryWrite{name}(s[4..], ({cast})b) ? MemoryMarshal.Read<ulong>(s[2..]) : 3;");
            }
        }

        foreach ((string type, string member, string code) in s_written)
        {
            yield return new(number++, type, member, "", code);
        }
    }

    private static string Name(Type type) => s_names.GetValueOrDefault(type, type.Name);

    private static string Signature(MethodInfo method) => string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)));

    private static bool Fits(MethodInfo method) => !method.IsSpecialName && !method.IsGenericMethod && !method.Name.Contains('.', StringComparison.Ordinal)
        && method.GetParameters().Length is >= 1 and <= 3 && method.GetParameters().All(p => s_names.ContainsKey(p.ParameterType)) && (s_names.ContainsKey(method.ReturnType) || Pair(method.ReturnType))
        && method.GetCustomAttribute<ObsoleteAttribute>() is null;

    private static bool Pair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTuple<,>) && type.GetGenericArguments().All(s_names.ContainsKey);

    private static string Call(Type type, MethodInfo method)
    {
        string arguments = string.Join(", ", method.GetParameters().Select((p, i) =>
            p.ParameterType == typeof(bool) ? $"({"abc"[i]} & 1) != 0" : $"({Name(p.ParameterType)}){"abc"[i]}"));
        string call = $"{(s_names.TryGetValue(type, out string? name) ? name : type.FullName)}.{method.Name}({arguments})";
        return method.ReturnType == typeof(bool) ? $"return {call} ? 1u : 0u;"
            : Pair(method.ReturnType) ? $"var t = {call}; return unchecked((ulong)t.Item1 * 31 + (ulong)t.Item2);"
            : $"return unchecked((ulong){call});";
    }
}
