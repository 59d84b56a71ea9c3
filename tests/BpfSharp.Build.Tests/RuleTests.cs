extern alias Analyzers;
using Analyzers::BpfSharp.Analyzers;
using BpfSharp.Compiler.Front;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Build.Tests;

public sealed class RuleTests
{
    [Fact]
    public void The_analyzer_says_what_the_compiler_says()
    {
        foreach (DiagnosticDescriptor rule in new ProgramAnalyzer().SupportedDiagnostics)
        {
            FindingRow row = FindingTable.All.Single(r => r.Id == rule.Id);
            Assert.Equal(
                row.Message + "; " + row.Suggestion, rule.MessageFormat.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
