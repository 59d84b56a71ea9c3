using BpfSharp.Compiler.Emit;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>What cannot be compiled is said so, with its id and its line: a row each.</summary>
public sealed class DiagnosticTests
{
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
    public void A_program_too_long_is_refused()
    {
        // Each method calls the next eight times, and all are inlined.
        string methods = string.Concat(Enumerable.Range(0, 6).Select(i =>
            $"static uint F{i}(uint x) {{ {string.Concat(Enumerable.Range(0, 8).Select(k => $"x = F{i + 1}(x + {k}); "))}return x; }}\n"));
        string source = Program("return F0(w.A);", methods + "static uint F6(uint x) => x * 3 + 1;");
        Finding finding = Assert.Single(SourceAssembly.Build(source, OptimizationLevel.Release).Compile().Findings);
        Assert.Equal("BPF3205", finding.Id);
        Assert.True(finding.Source is { Line: > 0 }, finding.ToString());
    }

    [Fact]
    public void A_jump_too_far_is_refused_below_level_4()
    {
        string body = "uint s = 0; if (w.B != 7) { " + string.Concat(Enumerable.Range(0, 4_500).Select(
            i => $"s = ((s ^ w.B) * {2 * i + 3} + w.A) ^ (s >> {i % 31 + 1}) ^ (s << 3);\n")) + "} return s;";
        Finding finding = Assert.Single(SourceAssembly.Build(Program(body, ""), OptimizationLevel.Release).Compile(cpuLevel: 3).Findings);
        Assert.Equal("BPF3206", finding.Id);
        Assert.True(finding.Source is { Line: > 0 }, finding.ToString());
    }

    [Theory]
    [InlineData(Op.Jeq32Imm, Op.Jne32Imm)]
    [InlineData(Op.Jset64Reg, Op.Jset64Reg)]
    public void At_level_4_a_branch_too_far_goes_around_a_long_jump(Op op, Op near)
    {
        MachineBlock first = new(0);
        MachineBlock far = new(1) { Slot = 40_000 };
        first.Insts.Add(new MachineInst { Kind = MachineKind.Branch, Op = op, Dst = 1, Src = 2, Target = far });
        List<MachineBlock> order = [first, new(2) { Slot = 1 }, far];
        Assert.True(Layout.Lengthen(order));
        Assert.Equal(near, first.Insts[0].Op);
        MachineInst jump = op == near ? order[1].Insts[0] : first.Insts[1];
        Assert.Equal(MachineKind.Jump, jump.Kind);
        Assert.Same(far, jump.Target);
        Assert.Same(order[1], first.Insts[0].Target);
        Assert.False(Layout.Lengthen(order));
    }

    [Fact]
    public void Every_row_of_the_table_has_its_test()
    {
        HashSet<string> tested = [.. Rows.Select(r => r.Data.Item1), "BPF3001", "BPF3002", "BPF3003", "BPF3307", "BPF3205", "BPF3206"];
        string[] missing = [.. FindingTable.All.Select(r => r.Id).Where(id => !tested.Contains(id))];
        Assert.Empty(missing);
        Assert.Equal(FindingTable.All.Count(), FindingTable.All.Select(r => r.Id).Distinct().Count());
    }
}
