extern alias Analyzers;
using Analyzers::BpfSharp.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Build.Tests;

public sealed class AnalyzerTests
{
    // What is wrong, the statements of a program, members beside it. The finding must stand on the line that ends with "// !".
    public static TheoryData<string, string, string> Refused { get; } = new()
    {
        { "BPF3101", "List<int> all = new(); // !\nreturn all == null ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3101", "var pair = new { A = 1 }; // !\nreturn pair.A == 1 ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3102", "object o = ctx.Length; // !\nreturn o == null ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3102", "Key a = default, b = default;\nreturn a.Equals(b) ? XdpAction.Drop : XdpAction.Pass; // !", "struct Key { public int A; }" },
        { "BPF3103", "return s_shape.Area() > 4 ? XdpAction.Drop : XdpAction.Pass; // !", "abstract class Shape { public abstract int Area(); } static Shape s_shape = null!;" },
        { "BPF3104", "try { return XdpAction.Pass; }\ncatch (Exception) { return XdpAction.Drop; } // !", "" },
        { "BPF3105", "double ratio = ctx.Length * 0.5; // !\nreturn ratio > 4 ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3106", "string name = \"eth0\"; // !\nreturn name == null ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3106", "int[] ports = new int[4]; // !\nreturn ports == null ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3107", "uint limit = ctx.Length; uint state = 0;\nBpf.Loop(4, (uint i, ref uint s) => i < limit, ref state); // !\nreturn XdpAction.Pass;", "" },
        { "BPF3107", "Func<int> f = static () => 1;\nreturn f() == 1 ? XdpAction.Drop : XdpAction.Pass; // !", "" },
        { "BPF3108", "return Sum(4) > 4 ? XdpAction.Drop : XdpAction.Pass;", "static int Sum(int n) => n == 0 ? 0 : n + Sum(n - 1); // !" },
        { "BPF3109", "Console.WriteLine(ctx.Length); // !\nreturn XdpAction.Pass;", "" },
        { "BPF3109", "return DateTime.UtcNow.Ticks > 5 ? XdpAction.Drop : XdpAction.Pass; // !", "" },
        { "BPF3110", "return XdpAction.Pass;", "[Xdp] static IEnumerable<int> Other(XdpContext c) => null!; // !" },
        { "BPF3111", "lock (s_gate) { } // !\nreturn XdpAction.Pass;", "static readonly object s_gate = null!;" },
        { "BPF3113", "Span<byte> name = stackalloc byte[(int)ctx.Length]; // !\nreturn name.IsEmpty ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "BPF3002", "return XdpAction.Pass;", "[Xdp] static string Other(XdpContext c) => null!; // !" },
    };

    // What looks like a mistake and is none.
    public static TheoryData<string, string> Accepted { get; } = new()
    {
        { "Bpf.Print($\"length {ctx.Length}\");\nreturn XdpAction.Pass;", "" },
        { "uint state = 0;\nBpf.Loop(4, static (uint i, ref uint s) => { s += i; return true; }, ref state);\nreturn XdpAction.Pass;", "" },
        { "ReadOnlySpan<byte> key = [1, 2, 3];\nreturn key[1] == 2 ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "ReadOnlySpan<byte> name = \"eth0\"u8;\nreturn name.Length == 4 ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "if (ctx.Length > 9000) throw new InvalidOperationException(\"too long\");\nreturn XdpAction.Pass;", "" },
        { "ref Value v = ref Counts.Find(1, out bool found);\nif (!found) return XdpAction.Pass;\nusing (BpfSpinLock.Enter(ref v.Lock)) { v.Hits++; }\nreturn XdpAction.Pass;",
            "struct Value { public BpfSpinLock Lock; public ulong Hits; } static readonly HashMap<uint, Value> Counts = new(64);" },
        { "Span<byte> name = stackalloc byte[16];\nBpf.GetCurrentComm(name);\nreturn name[0] == 0 ? XdpAction.Drop : XdpAction.Pass;", "" },
        { "return XdpAction.Pass;", "static void Main2() { Console.WriteLine(string.Concat(\"a\", \"b\")); }" },
        { "return Core.TypeExists<Task>() ? XdpAction.Drop : XdpAction.Pass;", "[BtfType(\"task_struct\")] struct Task { public int pid; }" },
        { "Bits bits = (Bits)ctx.Length;\nreturn bits.HasFlag(Bits.Two) ? XdpAction.Drop : XdpAction.Pass;", "[Flags] enum Bits : uint { One = 1, Two = 2 }" },
        { "ReadOnlySpan<uint> ports = Ports;\nreturn ports[1] == ctx.Length ? XdpAction.Drop : XdpAction.Pass;", "static readonly uint[] Ports = [22, 80, 443, 8080];" },
        { "Bpf.Print($\"{\"start\"}: {ctx.Length}\");\nreturn XdpAction.Pass;", "" },
        { "return checked((byte)ctx.Length) > 4 && TimeSpan.TicksPerSecond > 1 ? XdpAction.Drop : XdpAction.Pass;", "" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refuses_what_cannot_be_compiled(string id, string statements, string members)
    {
        string text = Source.Program(statements, members);
        (string Id, int Line)[] found = await Analyze(text);
        int line = Array.FindIndex(text.Split('\n'), l => l.TrimEnd().EndsWith("// !", StringComparison.Ordinal)) + 2;
        Assert.True(found.Contains((id, line)), $"expected {id} on line {line}, found: {string.Join(", ", found)}\n{text}");
        Assert.All(found, f => Assert.Equal(id, f.Id));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Accepts_what_can(string statements, string members)
    {
        string text = Source.Program(statements, members);
        (string Id, int Line)[] found = await Analyze(text);
        Assert.True(found.Length == 0, $"found: {string.Join(", ", found)}\n{text}");
    }

    private static async Task<(string Id, int Line)[]> Analyze(string text)
    {
        CSharpCompilation compilation = Source.Compile(text);
        Diagnostic[] errors = [.. compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error)];
        Assert.True(errors.Length == 0, $"{string.Join("\n", errors.Select(e => e.ToString()))}\n{text}");
        CompilationWithAnalyzers analyzed = compilation.WithAnalyzers([new ProgramAnalyzer()]);
        return [.. (await analyzed.GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken)).Select(d => (d.Id, d.Location.GetLineSpan().StartLinePosition.Line + 1))];
    }
}
