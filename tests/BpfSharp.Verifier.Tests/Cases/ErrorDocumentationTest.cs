using BpfSharp.TestSupport;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.Tests.Cases;

public class ErrorDocumentationTest
{
    [Fact]
    public void Every_finding_has_its_heading()
    {
        string[] lines = File.ReadAllLines(Path.Combine(TestPaths.Repository, "docs", "errors.md"));
        Assert.All(FindingCatalog.All, row =>
        {
            int heading = Array.IndexOf(lines, "### " + row.Id);
            Assert.True(heading >= 0, $"docs/errors.md has no heading {row.Id}");
            Assert.StartsWith($"**{row.Title}.**", lines[heading + 1], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_id_is_in_the_catalog()
    {
        IEnumerable<string> ids = typeof(FindingIds).GetFields().Select(f => (string)f.GetRawConstantValue()!);
        Assert.All(ids, id => Assert.NotNull(FindingCatalog.FindNextStep(id)));
    }
}
