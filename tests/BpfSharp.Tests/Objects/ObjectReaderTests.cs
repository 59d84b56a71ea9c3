using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Objects;

/// <summary>Every object of tests/data/objects against the text beside it; set BPFSHARP_BLESS=1 to write the texts anew.</summary>
public class ObjectReaderTests
{
    private static string Folder => Path.Combine(TestPaths.Repository, "tests", "data", "objects");

    public static IEnumerable<TheoryDataRow<string>> Objects() =>
        Directory.EnumerateFiles(Folder, "*.o").Order(StringComparer.Ordinal)
            .Select(path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Objects))]
    public void The_object_reads_as_its_text_says(string file)
    {
        string actual = ObjectText.Describe(BpfObject.Read(Path.Combine(Folder, file)));
        string golden = Path.Combine(Folder, Path.ChangeExtension(file, ".txt"));
        if (Environment.GetEnvironmentVariable("BPFSHARP_BLESS") == "1")
        {
            File.WriteAllText(golden, actual);
        }

        Assert.Equal(File.ReadAllText(golden), actual);
    }

    [Fact]
    public void Every_source_has_its_object()
    {
        foreach (string source in Directory.EnumerateFiles(Folder, "*.c"))
        {
            Assert.True(File.Exists(Path.ChangeExtension(source, ".o")), $"{source} is not built: run eng/build-test-objects.sh");
        }
    }
}
