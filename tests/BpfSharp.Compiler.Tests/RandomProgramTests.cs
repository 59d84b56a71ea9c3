using BpfSharp.Compiler.Tests.Harness;

namespace BpfSharp.Compiler.Tests;

/// <summary>Random programs, the same every time; <c>BPFSHARP_SEEDS=from-to</c> asks for others.</summary>
public sealed class RandomProgramTests
{
    [Fact]
    public void Random_programs_mean_the_same_everywhere()
    {
        (int from, int to) = (1, 24);
        if (Environment.GetEnvironmentVariable("BPFSHARP_SEEDS") is { } asked)
        {
            string[] parts = asked.Split('-');
            (from, to) = (int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture));
        }

        List<string> failures = [];
        for (int seed = from; seed <= to; seed++)
        {
            string source = new ProgramGenerator(seed).Generate();
            try
            {
                ThreeWays.Check(source, BasicTests.Packets(seed, 6));
            }
            catch (Exception e) when (!e.Message.Contains("too complex", StringComparison.Ordinal)
                && !e.Message.Contains("program is too large", StringComparison.Ordinal))
            {
                failures.Add($"seed {seed}: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n----\n", failures));
    }
}
