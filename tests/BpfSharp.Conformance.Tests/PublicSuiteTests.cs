using BpfSharp.Hosting;
using BpfSharp.Isa;

namespace BpfSharp.Conformance.Tests;

/// <summary>The 312 tests of the public conformance suite (cpu v4) on every engine.</summary>
public sealed class PublicSuiteTests
{
    public static bool ArePresent => ConformanceVectors.ArePresent;

    [Theory(SkipUnless = nameof(ArePresent), Skip = "needs the folder shared/conformance beside the repository")]
    [InlineData(EngineUnderTest.InterpreterChecked)]
    [InlineData(EngineUnderTest.InterpreterUnchecked)]
    [InlineData(EngineUnderTest.JitChecked)]
    [InlineData(EngineUnderTest.JitUnchecked)]
    public void All_vectors_give_their_result(EngineUnderTest engine)
    {
        IReadOnlyList<ConformanceVector> vectors = ConformanceVectors.Read();
        Assert.Equal(312, vectors.Count);
        List<string> wrong = [];
        foreach (ConformanceVector vector in vectors)
        {
            RunResult result = EngineRunner.Run(engine, vector.Program, vector.Memory);
            if (result.Fault is not null || result.ReturnValue != vector.Expected)
            {
                wrong.Add($"{vector.Name}: expected 0x{vector.Expected:x}, got 0x{result.ReturnValue:x} {result.Fault}\n"
                    + string.Join('\n', Disassembler.FormatAll(vector.Program.AsMemory())));
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {vectors.Count} differ:\n{string.Join("\n", wrong)}");
    }
}
