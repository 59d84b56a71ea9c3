using System.Globalization;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests;

/// <summary>The suite's own files say the same as the assembled vectors do.</summary>
public sealed class DataFileTests
{
    public static bool ArePresent => TestPaths.PublicData("conformance/bpf_conformance") is not null;

    [Fact(SkipUnless = nameof(ArePresent), Skip = "needs the folder shared/conformance beside the repository")]
    public void Memory_and_result_of_every_vector_are_those_of_its_file()
    {
        Dictionary<string, ConformanceVector> vectors = ConformanceVectors.Read().ToDictionary(v => v.Name);
        int compared = 0;
        foreach (string file in Directory.GetFiles(TestPaths.PublicData("conformance/bpf_conformance")!, "*.data"))
        {
            if (vectors.TryGetValue(Path.GetFileNameWithoutExtension(file), out ConformanceVector? vector))
            {
                (byte[] memory, ulong? result) = Parse(File.ReadLines(file));
                Assert.True(memory.AsSpan().SequenceEqual(vector.Memory), $"{vector.Name}: memory");
                Assert.True(result == vector.Expected, $"{vector.Name}: result {result:x}");
                compared++;
            }
        }

        Assert.Equal(312, compared);
    }

    // Sections begin with a line that holds "--" and the section's name; # begins a comment.
    private static (byte[] Memory, ulong? Result) Parse(IEnumerable<string> lines)
    {
        string section = "";
        List<byte> memory = [];
        ulong? result = null;
        foreach (string raw in lines)
        {
            int comment = raw.IndexOf('#', StringComparison.Ordinal);
            string line = (comment < 0 ? raw : raw[..comment]).Trim();
            if (line.Contains("--", StringComparison.Ordinal))
            {
                section = line;
            }
            else if (line.Length == 0)
            {
                continue;
            }
            else if (section.Contains("result", StringComparison.Ordinal))
            {
                result = ConformanceVectors.ParseNumber(line);
            }
            else if (section.Contains("mem", StringComparison.Ordinal))
            {
                memory.AddRange(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                    .Select(b => byte.Parse(b, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            }
        }

        return ([.. memory], result);
    }
}
