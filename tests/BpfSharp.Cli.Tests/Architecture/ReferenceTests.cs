using System.Reflection;
using System.Text.RegularExpressions;
using BpfSharp.TestSupport;

namespace BpfSharp.Cli.Tests.Architecture;

/// <summary>Holds the dependency table of ARCHITECTURE.md against what the assemblies really reference.</summary>
public partial class ReferenceTests
{
    [Fact]
    public void Assemblies_reference_only_what_the_architecture_allows()
    {
        Dictionary<string, string[]> allowed = ReadTable();
        Assert.True(allowed.Count >= 6, "ARCHITECTURE.md lost its dependency table");
        foreach ((string library, string[] references) in allowed)
        {
            string[] actual = [.. Load(library).GetReferencedAssemblies()
                .Select(a => a.Name!)
                .Where(n => n.StartsWith("BpfSharp", StringComparison.Ordinal))];
            string[] surplus = [.. actual.Except(references)];
            Assert.True(surplus.Length == 0, $"{library} references {string.Join(", ", surplus)}; ARCHITECTURE.md allows {string.Join(", ", references)}");
        }
    }

    [Fact]
    public void Core_libraries_reference_no_packages()
    {
        string[] framework = ["System", "Microsoft.Win32", "netstandard", "mscorlib", "BpfSharp"];
        foreach (string library in ReadTable().Keys.Where(k => k != "BpfSharp.Tool"))
        {
            string[] foreign = [.. Load(library).GetReferencedAssemblies()
                .Select(a => a.Name!)
                .Where(n => !framework.Any(f => n == f || n.StartsWith(f + ".", StringComparison.Ordinal)))];
            Assert.True(foreign.Length == 0, $"{library} references {string.Join(", ", foreign)}");
        }
    }

    [Fact]
    public void Native_calls_stand_only_in_the_interop_folder()
    {
        string root = Path.Combine(TestPaths.Repository, "src");
        string interop = Path.Combine(root, "BpfSharp.Linux", "Interop");
        string[] strays = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.StartsWith(interop, StringComparison.Ordinal))
            .Where(f => NativeCall().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(root, f))];
        Assert.True(strays.Length == 0, $"P/Invoke outside BpfSharp.Linux/Interop: {string.Join(", ", strays)}");
    }

    private static Assembly Load(string library) => Assembly.Load(new AssemblyName(library));

    // Rows of the table: | `Library` | `Reference`, `Reference` |
    private static Dictionary<string, string[]> ReadTable() =>
        File.ReadLines(Path.Combine(TestPaths.Repository, "ARCHITECTURE.md"))
            .Select(line => TableRow().Match(line))
            .Where(match => match.Success)
            .ToDictionary(
                match => match.Groups[1].Value,
                match => Name().Matches(match.Groups[2].Value).Select(m => m.Groups[1].Value).ToArray());

    [GeneratedRegex(@"^\| `(BpfSharp[A-Za-z.]*)` \| (.*) \|$")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"`([A-Za-z.]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"\[\s*(LibraryImport|DllImport)\b")]
    private static partial Regex NativeCall();
}
