extern alias Analyzers;
using Analyzers::BpfSharp.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Build.Tests;

/// <summary>Which warnings of unused fields the C# compiler still gives where memory is shared with the kernel.</summary>
public sealed class SharedTypeTests
{
    private const string Statements = "return XdpAction.Pass;";

    // Members beside a program, what reads a field where that is needed, and the warnings left.
    public static TheoryData<string, string, string> Rows { get; } = new()
    {
        { "[BtfType(\"task_struct\")] struct Task { internal int pid; private int _state; } static int Read(ref Task t) => t.pid;", Statements, "" },
        { "struct Value { public ulong Hits; private uint _padding; } static readonly HashMap<uint, Value> All = new(4);", Statements, "" },
        { "struct Inner { internal int A; } struct Value { internal Inner In; } static readonly HashMap<uint, Value> All = new(4); static int Read(Value v) => v.In.A;", Statements, "" },
        { "struct Enter { internal int Number; } [Tracepoint(\"syscalls\", \"x\")] static int T(TracepointContext<Enter> ctx) => ctx.Record.Number;", Statements, "" },
        { "struct Plain { internal int A; } static class Other { static int Read(Plain p) => p.A; }", Statements, "CS0649" },
        { "static class Other { struct Plain { private int _a; } }", Statements, "CS0169" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Fields_the_kernel_fills_raise_no_warning(string members, string statements, string expected)
    {
        string text = Source.Program(statements, members);
        CSharpCompilation compilation = Source.Compile(text);
        Assert.Contains(compilation.GetDiagnostics(TestContext.Current.CancellationToken), d => d.Id is "CS0649" or "CS0169");
        CompilationWithAnalyzers analyzed = compilation.WithAnalyzers([new SharedTypeSuppressor()],
            new CompilationWithAnalyzersOptions(new AnalyzerOptions([]), null, concurrentAnalysis: false, logAnalyzerExecutionTime: false, reportSuppressedDiagnostics: false));
        string left = string.Join(" ", (await analyzed.GetAllDiagnosticsAsync(TestContext.Current.CancellationToken))
            .Where(d => !d.IsSuppressed && d.Severity >= DiagnosticSeverity.Warning).Select(d => d.Id));
        Assert.True(left == expected, $"left: '{left}', expected: '{expected}'\n{text}");
    }
}
