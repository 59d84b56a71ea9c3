using BpfSharp.Compiler.Tests.Harness;

namespace BpfSharp.Compiler.Tests;

/// <summary>Constructs of C#, a row each: body of the program, then members and types it needs.</summary>
public sealed class LanguageTests
{
    private static string Program(string body, string members, string types = "") => $$"""
        {{types}}
        [BpfObject] static unsafe class P
        {
            {{members}}
            public struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }
            [Xdp(OnFault = 77u)] public static uint Main(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out Words w)) return 99;
                {{body}}
            }
        }
        """;

    [Theory]
    [InlineData("return Mix(w.A, w.B);", "[MethodImpl(MethodImplOptions.NoInlining)] static uint Mix(uint a, uint b) => a * 31 + b;")]
    [InlineData("return Pick(w) + 1;", "[MethodImpl(MethodImplOptions.NoInlining)] static uint Pick(in Words w) { return w.A ^ (uint)w.G; }")]
    [InlineData("Words c = Copy(w); return c.A + (uint)c.F;", "[MethodImpl(MethodImplOptions.NoInlining)] static Words Copy(Words w) { w.A++; w.F *= 3; return w; }")]
    [InlineData("return Check(w.A & 7);", "[MethodImpl(MethodImplOptions.NoInlining)] static uint Check(uint a) { if (a > 4) throw new InvalidOperationException(); return a * 2; }")]
    [InlineData("return Deep(w.A, 3) + Deep(w.B, 4);", "[MethodImpl(MethodImplOptions.NoInlining)] static uint Deep(uint a, uint n) => Leaf(a) + n; [MethodImpl(MethodImplOptions.NoInlining)] static uint Leaf(uint a) => a >> 3;")]
    public void Subprograms(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());

    [Theory]
    [InlineData("Span<byte> s = stackalloc byte[16]; for (int i = 0; i < 16; i++) s[i] = (byte)(w.A >> i); uint t = 0; foreach (byte b in s) t += b; return t;", "")]
    [InlineData("Span<uint> s = stackalloc uint[4]; s[0] = w.A; s[1] = w.B; s[2] = 5; int i = (int)(w.E & 7); return s[i];", "")]
    [InlineData("ReadOnlySpan<byte> t = \"hello\"u8; return (uint)t[(int)(w.A % 5)] + (uint)t.Length;", "")]
    [InlineData("return Table[(int)(w.A & 3)] + Table.Length switch { 4 => 1u, _ => 0u };", "static ReadOnlySpan<ushort> Table => [1, 200, 3000, 40000];")]
    [InlineData("return (uint)Bytes[w.A & 15];", "static readonly byte[] Bytes = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16];")]
    [InlineData("return (uint)Bytes[w.A & 31];", "static readonly byte[] Bytes = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16];")]
    [InlineData("Buffer8 b = default; b[0] = (byte)w.A; b[3] = (byte)w.B; b[(int)(w.E & 7)] += 3; uint s = 0; for (int i = 0; i < 8; i++) s = s * 3 + b[i]; return s;", "[InlineArray(8)] struct Buffer8 { byte _e; }")]
    [InlineData("Span<byte> s = stackalloc byte[8]; BinaryPrimitives.WriteUInt32BigEndian(s, w.A); return BinaryPrimitives.ReadUInt16LittleEndian(s[2..]) + (uint)s.Slice(1, 2).Length;", "")]
    [InlineData("Span<byte> a = stackalloc byte[4]; a[0] = 1; a[1] = 2; a[2] = (byte)(w.A & 3); a[3] = 4; return a.SequenceEqual(\"\\x01\\x02\\x03\\x04\"u8) ? 1u : a.StartsWith(\"\\x01\\x02\"u8) ? 2u : 3u;", "")]
    [InlineData("Fixed f; f.Data[0] = w.A; f.Data[1] = w.B; return f.Data[w.E & 1];", "struct Fixed { public fixed uint Data[2]; }")]
    public void Spans_and_arrays(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());

    [Theory]
    [InlineData("return Max(w.A, w.B) + (uint)Max(w.E, w.F);", "static T Max<T>(T a, T b) where T : IComparable<T> => a.CompareTo(b) > 0 ? a : b;")]
    [InlineData("return Run<Adder>(w.A, w.B) ^ Run<Muller>(w.A, w.B);", "interface IOp { static abstract uint Do(uint a, uint b); } struct Adder : IOp { public static uint Do(uint a, uint b) => a + b; } struct Muller : IOp { public static uint Do(uint a, uint b) => a * b; } static uint Run<T>(uint a, uint b) where T : IOp => T.Do(a, b);")]
    [InlineData("return Sum<uint>(w.A, w.B) + (uint)Sum<ulong>(w.E, w.F);", "static T Sum<T>(T a, T b) where T : INumber<T> => a + b * T.One;")]
    [InlineData("var s = new Shape(w.A); return Area(ref s);", "interface IArea { uint Area(); } struct Shape(uint n) : IArea { public uint Area() => n * n; } static uint Area<T>(ref T s) where T : struct, IArea => s.Area();")]
    [InlineData("(uint a, uint b) = Pair(w.A, w.B); var t = (x: a, y: b, z: 5u); return t.x * t.z + t.y;", "static (uint, uint) Pair(uint a, uint b) => (b, a);")]
    [InlineData("var p = new Point(w.C, w.D) { X = 4 }; var q = p with { Y = 9 }; return (uint)(p.X + q.Y) + (p.Equals2(q) ? 1u : 0u);", "readonly record struct Point(int X, int Y) { public bool Equals2(Point o) => X == o.X && Y == o.Y; }")]
    [InlineData("uint n = 0; void Add(uint x) { n += x; } Add(w.A); Add(w.B); return n;", "")]
    [InlineData("return Apply(static x => x * 3 + 1, w.A) + Apply(Twice, w.B);", "static uint Apply(Func<uint, uint> f, uint x) => f(x); static uint Twice(uint x) => x * 2;")]
    [InlineData("return Apply(&Twice, w.B);", "static uint Apply(delegate*<uint, uint> f, uint x) => f(x); static uint Twice(uint x) => x * 2;")]
    [InlineData("uint? n = w.A > 5 ? w.B : null; return n ?? 3; ", "")]
    [InlineData("Color c = (Color)(w.A & 3); return c switch { Color.Red => 1, Color.Green => (uint)w.C, _ => 9 };", "enum Color { Red, Green, Blue }")]
    [InlineData("return w.A is > 10 and < 4000000000 or 3 ? 1u : 2u;", "")]
    public void Types_and_generics(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());

    [Theory]
    [InlineData("uint n = 0; try { n = w.A; if (n > 100) return n; n += 3; } finally { Last++; } return n;", "static uint Last;")]
    [InlineData("uint n = 0; using (var g = new Guard(ref n)) { if (w.A > 1000) { return 5; } } return n;", "ref struct Guard(ref uint n) : IDisposable { ref uint _n = ref n; public void Dispose() => _n += 2; }")]
    [InlineData("return checked(w.A + w.B);", "")]
    [InlineData("return (uint)checked((int)w.A * w.C);", "")]
    [InlineData("return (uint)checked((ulong)w.G * w.F + w.E);", "")]
    [InlineData("return checked((byte)w.C);", "")]
    [InlineData("return w.A / w.B;", "")]
    [InlineData("return (uint)(w.C / w.D + w.C % w.D);", "")]
    [InlineData("return (uint)(w.G / (long)w.E);", "")]
    [InlineData("if (w.A > 5) throw new InvalidOperationException(\"x\"); return 1;", "")]
    [InlineData("int i = 0; do { i += 3; if (i == 9) continue; if (i > 20) break; } while (true); return (uint)i;", "")]
    [InlineData("uint s = 0; for (int i = 0; i < 4; i++) for (int j = i; j < 5; j++) { if (j == 3) continue; s += (uint)(i * j) ^ w.A; } return s;", "")]
    [InlineData("uint s = 0; foreach (uint i in Bpf.Range(20)) { s += i * w.A; } return s;", "")]
    public void Control(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());

    [Theory]
    [InlineData("return (uint)BitOperations.PopCount(w.A) + (uint)BitOperations.Log2(w.B | 1) + (uint)BitOperations.LeadingZeroCount(w.A) + (uint)BitOperations.TrailingZeroCount(w.B) + BitOperations.RotateLeft(w.A, 5);", "")]
    [InlineData("return (uint)Math.Min(w.C, w.D) + (uint)Math.Max(w.A, w.B) + (uint)Math.Abs(w.C >> 1) + (uint)Math.Clamp(w.C, -5, 100);", "")]
    [InlineData("return (uint)BinaryPrimitives.ReverseEndianness((ushort)w.A) + BinaryPrimitives.ReverseEndianness(w.B) + (uint)BinaryPrimitives.ReverseEndianness(w.E);", "")]
    [InlineData("long m = Math.BigMul(w.C, w.D); return (uint)(m >> 32);", "")]
    public void Library(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());

    [Theory]
    [InlineData("uint k = w.A & 3; if (M.TryGetValue(k, out ulong v)) { M.Set(k, v + 1); return (uint)v; } M.Set(k, 10); return 1000;", "static readonly HashMap<uint, ulong> M = new(16);")]
    [InlineData("ref Stat s = ref M.FindOrAdd(new Key { A = (byte)(w.A & 1), B = 7 }, default, out bool ok); if (!ok) return 3; s.N++; Interlocked.Add(ref s.Bytes, w.B); return (uint)(s.N + s.Bytes);", "static readonly HashMap<Key, Stat> M = new(16); struct Key { public byte A; public uint B; public ushort C; } struct Stat { public uint N; public ulong Bytes; }")]
    [InlineData("ref uint n = ref M.Find(w.A & 7, out bool ok); if (!ok) return 5; n += 2; return n;", "static readonly ArrayMap<uint> M = new(4);")]
    [InlineData("Count++; Total += w.A; return Count + (uint)Total;", "static uint Count; static ulong Total = 5;")]
    [InlineData("return Limit.Value + Shift + (uint)Big.Y;", "static readonly Const<uint> Limit = new(7); static readonly uint Shift = 3; static readonly Pt Big = new Pt { X = 1, Y = 2 }; struct Pt { public int X; public long Y; }")]
    [InlineData("uint state = 0; Bpf.Loop(10, static (uint i, ref uint s) => { s += i; return i < 6; }, ref state); return state + w.A;", "")]
    [InlineData("uint old = Interlocked.Exchange(ref Slot, w.A); uint prior = Interlocked.CompareExchange(ref Slot, 5, w.A); return old + prior + Interlocked.Increment(ref Slot) + Interlocked.Or(ref Slot, 3);", "static uint Slot;")]
    public void Maps_and_variables(string body, string members) => ThreeWays.Check(Program(body, members), BasicTests.Packets());
}
