using System.Reflection;
using BpfSharp.TestSupport;
using PublicApiGenerator;

namespace BpfSharp.Cli.Tests.Architecture;

/// <summary>The public API of each library is a text file, changed in the commit that changes the API.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("BpfSharp")]
    [InlineData("BpfSharp.Verifier")]
    [InlineData("BpfSharp.Runtime")]
    [InlineData("BpfSharp.Linux")]
    [InlineData("BpfSharp.Compiler")]
    public void The_public_api_is_the_committed_one(string library)
    {
        string path = Path.Combine(TestPaths.Repository, "tests", "data", "api", $"{library}.txt");
        string actual = Assembly.Load(new AssemblyName(library)).GeneratePublicApi(new ApiGeneratorOptions
        {
            IncludeAssemblyAttributes = false,
        }).ReplaceLineEndings("\n") + "\n";
        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (actual == expected)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("BPFSHARP_BLESS") == "1")
        {
            File.WriteAllText(path, actual);
        }

        string[] added = [.. actual.Split('\n').Except(expected.Split('\n')).Take(20)];
        string[] removed = [.. expected.Split('\n').Except(actual.Split('\n')).Take(20)];
        Assert.Fail($"The public API of {library} changed. Added:\n  {string.Join("\n  ", added)}\nRemoved:\n  {string.Join("\n  ", removed)}\n"
            + "If that is meant, run the tests once with BPFSHARP_BLESS=1 and commit tests/data/api.");
    }
}
