using System.Globalization;
using System.Text;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Hooks;
using BpfSharp.Runtime.Maps;
using BpfSharp.TestSupport;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Conformance.Tests.Documentation;

/// <summary><c>docs/parity.md</c> is what the tables say; set BPFSHARP_BLESS=1 to write it anew.</summary>
public sealed class ParityTests
{
    private static readonly string s_path = Path.Combine(TestPaths.Repository, "docs", "parity.md");

    [Fact]
    public void The_document_is_what_the_tables_say()
    {
        string expected = Write();
        if (Environment.GetEnvironmentVariable("BPFSHARP_BLESS") == "1")
        {
            File.WriteAllText(s_path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(s_path).ReplaceLineEndings("\n"));
    }

    private static string Write()
    {
        StringBuilder text = new("""
            # What runs where
            Against RFC 9669 and Linux 6.18. This page is written from the tables the code itself uses; a test compares them. "in process" means that
            the interpreter and the JIT run it on any OS; the verifier judges everything listed here, and the kernel host loads what the running
            kernel knows (`bpfsharp feature` asks it). A release is the first of Linux that has it; what is as old as 4.x and earlier says so.


            """.ReplaceLineEndings("\n"));
        Instructions(text);
        ProgramTypes(text);
        MapTypes(text);
        Helpers(text);
        KernelFunctions(text);
        return text.ToString();
    }

    private static void Instructions(StringBuilder text)
    {
        Line(text, $"## Instructions");
        Line(text, $"All instructions of all conformance groups of the RFC, and what Linux has added since, run in the interpreter and the JIT; only the indirect jump (`gotox`) is decoded and refused.");
        Line(text, $"");
        Line(text, $"| group | meanings | newest in Linux |");
        Line(text, $"|---|---|---|");
        foreach (IGrouping<ConformanceGroup, OpcodeInfo> group in OpcodeTable.Rows.ToArray().Where(row => row.Op != Op.Invalid).GroupBy(row => row.Group).OrderBy(group => group.Key))
        {
            Line(text, $"| {group.Key} | {group.Count()} | {Release(group.Max(row => row.Since))} |");
        }
    }

    private static void ProgramTypes(StringBuilder text)
    {
        Line(text, $"");
        Line(text, $"## Program types");
        Line(text, $"In process a type has a context of its own, or its programs get plain memory in r1 and run checked.");
        Line(text, $"");
        Line(text, $"| type | release | sections | context in process |");
        Line(text, $"|---|---|---|---|");
        foreach (ProgramTypeInfo row in ProgramTypeTable.All.OrderBy(row => row.Type))
        {
            IEnumerable<string> sections = SectionTable.Rows.ToArray().Where(s => s.Type == row.Type).Select(s => $"`{s.Prefix}`").Distinct();
            string context = RunEnvironments.For(row.Type) is PlainMemory ? "plain memory" : row.Context is { } name ? $"`{name}`" : "words";
            Line(text, $"| {row.Type} | {Release(row.Since)} | {string.Join(' ', sections)} | {context} |");
        }
    }

    private static void MapTypes(StringBuilder text)
    {
        Line(text, $"");
        Line(text, $"## Map types");
        Line(text, $"| type | release | in process |");
        Line(text, $"|---|---|---|");
        foreach (MapType type in Enum.GetValues<MapType>().Where(type => type != MapType.Unspecified))
        {
            Line(text, $"| {type} | {Release(KernelFeatureTable.FindSince(type))} | {(MapFactory.Kinds.Contains(type) ? "yes" : "no")} |");
        }
    }

    private static void Helpers(StringBuilder text)
    {
        HelperInfo[] all = [.. HelperTable.All.OrderBy(row => row.Id)];
        HelperInfo[] missing = [.. all.Where(row => row.Id != HelperBodies.TailCallId && HelperBodies.Find(row.Id) is null)];
        Line(text, $"");
        Line(text, $"## Helpers");
        Line(text, $"{all.Length} helpers; {all.Length - missing.Length} run in process. Those that do not:");
        Line(text, $"");
        Line(text, $"{string.Join(", ", missing.Select(row => $"`{row.Name}`"))}.");
    }

    private static void KernelFunctions(StringBuilder text)
    {
        string[] mine = [.. KfuncBodies.All.Select(row => row.Name).Order(StringComparer.Ordinal)];
        Line(text, $"");
        Line(text, $"## Kernel functions");
        Line(text, $"The verifier knows {KfuncTable.All.Length}; {mine.Length} run in process:");
        Line(text, $"");
        Line(text, $"{string.Join(", ", mine.Select(name => $"`{name}`"))}.");
    }

    private static string Release(int since) => since < 500 ? "4.x" : $"{since / 100}.{since % 100}";

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
