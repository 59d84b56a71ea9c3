using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>What cannot be compiled is said so, with its id and its line: a row each.</summary>
public sealed class DiagnosticTests
{
    // Programs too long to write down: their rows are checked nowhere else.
    private static readonly string[] s_tooLarge = ["BPF3205", "BPF3206"];

    public static TheoryData<string, string, string> Rows => new()
    {
        { "BPF3101", "object o = new object(); return o == null ? 1u : 2u;", "" },
        { "BPF3102", "object o = w.A; return (uint)o.GetHashCode();", "" },
        { "BPF3103", "return (uint)Give().CompareTo(null);", "static IComparable Give() => null!;" },
        { "BPF3104", "try { return w.A / w.B; } catch (DivideByZeroException) { return 1; }", "" },
        { "BPF3105", "double d = w.A; return (uint)(d * 1.5);", "" },
        { "BPF3106", "string s = \"a\"; return (uint)s.Length;", "" },
        { "BPF3106", "byte[] b = new byte[4]; return b[0];", "" },
        { "BPF3107", "uint k = w.A; Func<uint, uint> f = x => x + k; return f(1);", "" },
        { "BPF3108", "return Again(w.A);", "static uint Again(uint n) => n == 0 ? 0 : 1 + Again(n - 1);" },
        { "BPF3109", "return (uint)Environment.TickCount;", "" },
        { "BPF3110", "_ = Later(); return 1;", "static async System.Threading.Tasks.Task<int> Later() { await System.Threading.Tasks.Task.Yield(); return 1; }" },
        { "BPF3111", "Monitor.Enter(null!); return 1;", "" },
        { "BPF3112", "return (uint)Unsafe.SizeOf<string>();", "" },
        { "BPF3113", "Span<byte> s = stackalloc byte[(int)(w.A & 15)]; return (uint)s.Length;", "" },
        { "BPF3114", "return (uint)typeof(uint).GetHashCode();", "" },
        { "BPF3115", "return Table[0];", "static readonly uint[] Table = Make(); static uint[] Make() => [1];" },
        { "BPF3116", "return Outside();", "[MethodImpl(MethodImplOptions.InternalCall)] static extern uint Outside();" },
        { "BPF3117", "return (uint)M.MaxEntries;", "static readonly HashMap<uint, uint> M = new(4);" },
        { "BPF3118", "return M.Contains(1) ? 1u : 2u;", "static HashMap<uint, uint> M = new(4);" },
        { "BPF3119", "return (uint)ctx.ToArray().Length;", "" },
        { "BPF3120", "Bpf.Print($\"{w.A:N0}\"); return 1;", "" },
        { "BPF3201", "Span<byte> s = stackalloc byte[600]; return s[(int)(w.A & 3)];", "" },
        { "BPF3201", "Big a = default; Fill(ref a); Big b = a; Fill(ref b); return a[3] + b[4];", "[InlineArray(100)] struct Big { uint _e; } [MethodImpl(MethodImplOptions.NoInlining)] static void Fill(ref Big b) => b[3] = 1;" },
        { "BPF3202", "return Six(1, 2, 3, 4, 5, w.A);", "[MethodImpl(MethodImplOptions.NoInlining)] static uint Six(uint a, uint b, uint c, uint d, uint e, uint f) => a + b + c + d + e + f;" },
        { "BPF3207", "return (uint)Wide(w.E);", "[MethodImpl(MethodImplOptions.NoInlining)] static ulong Wide(ulong a) => a > 5 ? throw new InvalidOperationException() : a;" },
        { "BPF3306", "return (uint)((nuint)(&w) & 7);", "" },
        { "BPF3501", "return Core.FieldExists<Words>(\"A\") ? 1u : 2u;", "" },
    };

    private static string Program(string body, string members) => $$"""
        [BpfObject] static class P
        {
            {{members}}
            public struct Words { public uint A, B; public int C, D; public ulong E, F; public long G; }
            [Xdp] public static unsafe uint Main(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out Words w)) return 99;
                {{body}}
            }
        }
        """;

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_is_found_with_its_line(string id, string body, string members)
    {
        foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            CompilationResult result = SourceAssembly.Build(Program(body, members), level).Compile();
            Finding finding = Assert.Single(result.Findings);
            Assert.Equal(id, finding.Id);
            Assert.Null(result.Object);
            Assert.True(finding.Source is { Line: > 0, Column: > 0 } || id == "BPF3118", finding.ToString());
        }
    }

    [Theory]
    [InlineData("BPF3001", "static class P { public static int Main() => 1; }", "P")]
    [InlineData("BPF3002", "static class P { [Xdp] public static uint Main(XdpContext a, int b) => 1; }", "P")]
    [InlineData("BPF3002", "static class P { [Xdp] public static string Main(XdpContext a) => null!; }", "P")]
    [InlineData("BPF3003", "static class P { [Xdp] public static uint Main(XdpContext a) => 1; }", "Nowhere.Q")]
    [InlineData("BPF3307", "static class P { [TcIngress] public static uint Main(SkbContext c) => c.ControlBlock((int)c.Length); }", "P")]
    public void Whole_objects(string id, string source, string type) =>
        Assert.Equal(id, Assert.Single(SourceAssembly.Build(source, OptimizationLevel.Release).Compile(type).Findings).Id);

    [Fact]
    public void Every_row_of_the_table_has_its_test()
    {
        HashSet<string> tested = [.. Rows.Select(r => r.Data.Item1), "BPF3001", "BPF3002", "BPF3003", "BPF3307", .. s_tooLarge];
        string[] missing = [.. FindingTable.All.Select(r => r.Id).Where(id => !tested.Contains(id))];
        Assert.Empty(missing);
        Assert.Equal(FindingTable.All.Count(), FindingTable.All.Select(r => r.Id).Distinct().Count());
    }
}
