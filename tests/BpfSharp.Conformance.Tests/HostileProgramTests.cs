using BpfSharp.Hosting;
using BpfSharp.Isa;

namespace BpfSharp.Conformance.Tests;

/// <summary>Programs nobody verified: each ends with its fault, on the interpreter and the JIT, and the process goes on.</summary>
public sealed class HostileProgramTests
{
    private const int OutOfBounds = 4301;
    private const int OutOfFuel = 4303;
    private const int CallDepth = 4304;
    private const int InvalidInstruction = 4305;
    private const int OutOfProgram = 4306;
    private const int UnknownHelper = 4307;
    private const int BadMapHandle = 4309;
    private const int Misaligned = 4317;

    public static TheoryData<string, string, int> Programs => new()
    {
        // name                         program                                                                       fault
        { "null read",                  "r1 = 0\n r0 = *(u64 *)(r1 + 0)\n exit",                                       OutOfBounds },
        { "wild read",                  "r1 = 0x4141414141414141 ll\n r0 = *(u8 *)(r1 + 0)\n exit",                    OutOfBounds },
        { "wild write",                 "r1 = 0x7fff00000000 ll\n *(u64 *)(r1 + 0) = r1\n r0 = 0\n exit",              OutOfBounds },
        { "highest address",            "r1 = -1\n r0 = *(u64 *)(r1 + 0)\n exit",                                      OutOfBounds },
        { "wraps around",               "r1 = -4\n r0 = *(u64 *)(r1 + 0)\n exit",                                      OutOfBounds },
        { "context end",                "r0 = *(u8 *)(r1 + 64)\n exit",                                                OutOfBounds },
        { "context end, 8 bytes",       "r0 = *(u64 *)(r1 + 57)\n exit",                                               OutOfBounds },
        { "before the context",         "r0 = *(u8 *)(r1 - 1)\n exit",                                                 OutOfBounds },
        { "context by register",        "r2 = 64\n r1 += r2\n *(u8 *)(r1 + 0) = r2\n r0 = 0\n exit",                   OutOfBounds },
        { "context by a far register",  "r2 = *(u64 *)(r1 + 0)\n r2 |= 4096\n r1 += r2\n r0 = *(u64 *)(r1 + 0)\n exit", OutOfBounds },
        { "context by a low register",  "r2 = *(u8 *)(r1 + 0)\n r2 |= 7\n r1 -= r2\n r0 = *(u64 *)(r1 + 0)\n exit",     OutOfBounds },
        { "above the frame",            "*(u64 *)(r10 + 0) = r1\n r0 = 0\n exit",                                      OutOfBounds },
        { "below the frame",            "*(u64 *)(r10 - 520) = r1\n r0 = 0\n exit",                                    OutOfBounds },
        { "straddles the frame",        "*(u64 *)(r10 - 4) = r1\n r0 = 0\n exit",                                      OutOfBounds },
        { "stack by register",          "r2 = *(u8 *)(r1 + 0)\n r2 |= 1\n r2 <<= 10\n r3 = r10\n r3 -= r2\n r0 = *(u64 *)(r3 + 0)\n exit", OutOfBounds },
        { "stack, upwards",             "r2 = *(u8 *)(r1 + 0)\n r2 |= 1\n r3 = r10\n r3 += r2\n *(u8 *)(r3 - 1) = r2\n r0 = 0\n exit", OutOfBounds },
        { "atomic on nothing",          "r1 = 16\n lock *(u64 *)(r1 + 0) += r1\n r0 = 0\n exit",                       OutOfBounds },
        { "misaligned atomic",          "r2 = 1\n lock *(u64 *)(r1 + 1) += r2\n r0 = 0\n exit",                        Misaligned },
        { "misaligned atomic on stack", "r2 = 1\n lock *(u64 *)(r10 - 9) += r2\n r0 = 0\n exit",                       Misaligned },
        { "spilled pointer, overwritten", "*(u64 *)(r10 - 8) = r1\n r2 = 0x100\n *(u32 *)(r10 - 4) = r2\n r1 = *(u64 *)(r10 - 8)\n r0 = *(u64 *)(r1 + 0)\n exit", OutOfBounds },
        { "forged by a computed store", "*(u64 *)(r10 - 8) = r1\n r2 = r10\n r3 = *(u8 *)(r1 + 0)\n r3 &= 0\n r2 += r3\n r4 = 64\n *(u64 *)(r2 - 8) = r4\n r1 = *(u64 *)(r10 - 8)\n r0 = *(u64 *)(r1 + 0)\n exit", OutOfBounds },
        { "endless loop",               "goto -1",                                                                     OutOfFuel },
        { "endless loop of two",        "r0 = 0\n l:\n r0 += 1\n goto l",                                              OutOfFuel },
        { "endless conditional loop",   "r0 = 0\n l:\n r0 += 2\n if r0 != 1 goto l\n exit",                            OutOfFuel },
        { "endless recursion",          "f:\n call f\n exit",                                                          CallDepth },
        { "mutual recursion",           "call a\n exit\n a:\n call b\n exit\n b:\n call a\n exit",                     CallDepth },
        { "no exit",                    "r0 = 0",                                                                      OutOfProgram },
        { "jump behind the end",        "r0 = 0\n goto +100\n exit",                                                   OutOfProgram },
        { "jump before the start",      "r0 = 0\n goto -100\n exit",                                                   OutOfProgram },
        { "into a 64-bit load",         "goto +1\n r0 = 0x1 ll\n exit",                                                InvalidInstruction },
        { "helper 0",                   "call 0\n exit",                                                               UnknownHelper },
        { "helper 99999",               "call 99999\n exit",                                                           UnknownHelper },
        { "tail call through nothing",  "r2 = 0\n r3 = 0\n call 12\n r0 = 0\n exit",                                   BadMapHandle },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Ends_with_its_fault(string name, string text, int fault)
    {
        byte[] memory = new byte[64];
        memory.AsSpan().Fill(0x11);
        foreach (EngineUnderTest engine in new[] { EngineUnderTest.InterpreterChecked, EngineUnderTest.JitChecked })
        {
            RunResult result = EngineRunner.Run(engine, Assembler.Assemble(text), memory, fuel: 100_000);
            Assert.True(result.Fault?.Id == $"BPF{fault}", $"{name} on {engine}: {result.Fault?.ToString() ?? $"r0 = {result.ReturnValue}"}\n{text}");
            Assert.True(result.Fault!.Slot >= 0, $"{name} on {engine}: no instruction in {result.Fault}");
        }
    }

    [Fact]
    public void Both_engines_name_the_same_instruction()
    {
        foreach ((string name, string text, int _) in Programs.Select(row => row.Data))
        {
            RunResult interpreted = EngineRunner.Run(EngineUnderTest.InterpreterChecked, Assembler.Assemble(text), new byte[64], fuel: 100_000);
            RunResult compiled = EngineRunner.Run(EngineUnderTest.JitChecked, Assembler.Assemble(text), new byte[64], fuel: 100_000);
            Assert.True(interpreted.Fault?.Slot == compiled.Fault?.Slot, $"{name}: {interpreted.Fault} and {compiled.Fault}");
        }
    }

    [Fact]
    public void Fuel_means_the_same_on_both_engines()
    {
        // A loop of 3 slots, 1,000 rounds, after 1 slot: the entry costs the 5 slots of the function.
        const string Text = "r0 = 0\n l:\n r0 += 1\n if r0 == 1000 goto +1\n goto l\n exit";
        long enough = 5 + 999 * 3;
        foreach (EngineUnderTest engine in new[] { EngineUnderTest.InterpreterChecked, EngineUnderTest.JitChecked })
        {
            Assert.Null(EngineRunner.Run(engine, Assembler.Assemble(Text), [], enough).Fault);
            Assert.Equal("BPF4303", EngineRunner.Run(engine, Assembler.Assemble(Text), [], enough - 1).Fault?.Id);
        }
    }
}
