using System.Collections.Immutable;
using BpfSharp.Hosting;
using BpfSharp.Isa;

namespace BpfSharp.Conformance.Tests;

/// <summary>Random programs give the same on every engine.</summary>
public sealed class DifferentialTests
{
    private const int Programs = 250;

    [Fact]
    public void Random_programs_give_the_same_on_every_engine()
    {
        for (int seed = 0; seed < Programs; seed++)
        {
            Compare(seed, RandomProgram.Create(seed));
        }
    }

    [Fact]
    public void Large_random_programs_give_the_same_on_every_engine()
    {
        // Large enough for the JIT to cut them into several methods.
        for (int seed = 1000; seed < 1006; seed++)
        {
            ImmutableArray<Instruction> program = RandomProgram.Create(seed, scale: 100);
            Assert.True(program.Length > 2500, $"{program.Length} instructions");
            Compare(seed, program);
        }
    }

    private static void Compare(int seed, ImmutableArray<Instruction> program)
    {
        byte[] memory = Memory(seed);
        RunResult expected = EngineRunner.Run(EngineUnderTest.InterpreterChecked, program, memory);
        Assert.True(expected.Fault is null, $"seed {seed}: {expected.Fault}\n{Listing(program)}");
        foreach (EngineUnderTest engine in Enum.GetValues<EngineUnderTest>())
        {
            RunResult result = EngineRunner.Run(engine, program, memory);
            Assert.True(
                result.Fault is null && result.ReturnValue == expected.ReturnValue
                    && result.Context.Span.SequenceEqual(expected.Context.Span),
                $"seed {seed} on {engine}: 0x{result.ReturnValue:x} for 0x{expected.ReturnValue:x} {result.Fault}\n{Listing(program)}");
        }
    }

    internal static byte[] Memory(int seed)
    {
        byte[] memory = new byte[RandomProgram.MemoryBytes];
        new Random(seed ^ 0x5eed).NextBytes(memory);
        return memory;
    }

    internal static string Listing(ImmutableArray<Instruction> program) => string.Join('\n', Disassembler.FormatAll(program.AsMemory()));
}
