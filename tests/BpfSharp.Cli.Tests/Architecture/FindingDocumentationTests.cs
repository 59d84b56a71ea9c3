using System.Text.RegularExpressions;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Architecture;

/// <summary>Every id a finding may have is explained, and every explanation belongs to one.</summary>
public partial class FindingDocumentationTests
{
    [Fact]
    public void Every_id_in_the_sources_has_its_heading()
    {
        string root = TestPaths.Repository;
        HashSet<string> headings = [.. Heading().Matches(File.ReadAllText(Path.Combine(root, "docs", "errors.md"))).Select(m => m.Groups[1].Value)];
        SortedSet<string> missing = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match id in Id().Matches(File.ReadAllText(file)))
            {
                if (!headings.Contains(id.Groups[1].Value))
                {
                    missing.Add($"{id.Groups[1].Value} ({Path.GetFileName(file)})");
                }
            }
        }

        Assert.True(missing.Count == 0, $"docs/errors.md has no heading for {string.Join(", ", missing)}");
    }

    [GeneratedRegex(@"^### (BPF\d{4})", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("\"(BPF[1-5][0-9]{3})\"")]
    private static partial Regex Id();
}
