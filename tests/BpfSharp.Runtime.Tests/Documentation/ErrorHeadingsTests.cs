using BpfSharp.TestSupport;

namespace BpfSharp.Runtime.Tests.Documentation;

/// <summary>What maps, views and hooks refuse has a heading each in <c>docs/errors.md</c>.</summary>
public sealed class ErrorHeadingsTests
{
    [Theory]
    [InlineData("src/BpfSharp/Maps")]
    [InlineData("src/BpfSharp.Runtime/Maps")]
    [InlineData("src/BpfSharp.Runtime/Helpers")]
    [InlineData("src/BpfSharp.Runtime/Hooks")]
    public void Every_id_has_a_heading(string folder)
    {
        HashSet<string> headings = [.. File.ReadLines(Path.Combine(TestPaths.Repository, "docs", "errors.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..].Trim())];
        string[] used = [.. Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, folder), "*.cs")
            .SelectMany(File.ReadLines).SelectMany(line => line.Split('"'))
            .Where(word => word.Length == 7 && word.StartsWith("BPF4", StringComparison.Ordinal)).Distinct()];
        Assert.NotEmpty(used);
        Assert.Empty(used.Except(headings));
    }
}
