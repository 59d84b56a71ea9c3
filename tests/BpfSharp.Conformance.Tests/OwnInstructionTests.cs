using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Conformance.Tests;

/// <summary>What the public suite does not test: acquire and release, may_goto, sign-extending loads, callx.</summary>
public sealed class OwnInstructionTests
{
    public static TheoryData<string, ulong> Programs => new()
    {
        // program                                                                                              r0
        { "r0 = load_acquire((u8 *)(r1 + 0))\n exit",                                                           0xf0 },
        { "r0 = load_acquire((u16 *)(r1 + 0))\n exit",                                                          0xf1f0 },
        { "r0 = load_acquire((u32 *)(r1 + 0))\n exit",                                                          0xf3f2f1f0 },
        { "r0 = load_acquire((u64 *)(r1 + 0))\n exit",                                                          0xf7f6f5f4f3f2f1f0 },
        { "r2 = 0x1122334455667788 ll\n store_release((u8 *)(r1 + 0), r2)\n r0 = *(u64 *)(r1 + 0)\n exit",      0xf7f6f5f4f3f2f188 },
        { "r2 = 0x1122334455667788 ll\n store_release((u16 *)(r1 + 0), r2)\n r0 = *(u64 *)(r1 + 0)\n exit",     0xf7f6f5f4f3f27788 },
        { "r2 = 0x1122334455667788 ll\n store_release((u32 *)(r1 + 0), r2)\n r0 = *(u64 *)(r1 + 0)\n exit",     0xf7f6f5f455667788 },
        { "r2 = 0x1122334455667788 ll\n store_release((u64 *)(r10 - 8), r2)\n r0 = *(u64 *)(r10 - 8)\n exit",   0x1122334455667788 },
        { "r0 = *(s8 *)(r1 + 1)\n exit",                                                                        0xfffffffffffffff1 },
        { "r0 = *(s16 *)(r1 + 2)\n exit",                                                                       0xfffffffffffff3f2 },
        { "r0 = *(s32 *)(r1 + 4)\n exit",                                                                       0xfffffffff7f6f5f4 },
        { "*(u64 *)(r10 - 8) = -2\n r0 = *(s32 *)(r10 - 8)\n exit",                                             0xfffffffffffffffe },
        { "*(u8 *)(r10 - 1) = 0x80\n r0 = *(s8 *)(r10 - 1)\n exit",                                             0xffffffffffffff80 },
        { "*(u32 *)(r10 - 8) = 5\n *(u32 *)(r10 - 4) = 6\n r0 = *(u64 *)(r10 - 8)\n exit",                      0x0000000600000005 },
        { "r0 = 0\n l:\n may_goto +2\n r0 += 1\n goto l\n exit",                                                8 * 1024 * 1024 },
        { "r0 = 7\n may_goto +1\n r0 = 8\n exit",                                                               8 },
        { "r0 = 0x8000000000000000 ll\n r1 = -1\n r0 s/= r1\n exit",                                            0x8000000000000000 },
        { "r0 = 0x8000000000000000 ll\n r1 = -1\n r0 s%= r1\n exit",                                            0 },
        { "r0 = 7\n r1 = 0\n r0 %= r1\n exit",                                                                  7 },
        { "r0 = 0x700000007 ll\n w1 = 0\n w0 %= w1\n exit",                                                     7 },
        { "r6 = 5\n r7 = 6\n call f\n r0 += r6\n r0 += r7\n exit\n f:\n r6 = 100\n r7 = 200\n r0 = 1\n exit",   12 },
        { "r1 = 3\n call f\n exit\n f:\n if r1 == 0 goto z\n r6 = r1\n r1 += -1\n call f\n r0 += r6\n exit\n z:\n r0 = 0\n exit", 6 },
        { "*(u64 *)(r10 - 8) = 1\n call f\n r0 = *(u64 *)(r10 - 8)\n exit\n f:\n *(u64 *)(r10 - 8) = 2\n r0 = 0\n exit", 1 },
        { "r1 = r10\n r1 += -8\n *(u64 *)(r10 - 8) = 1\n call f\n r0 = *(u64 *)(r10 - 8)\n exit\n f:\n *(u64 *)(r1 + 0) = 2\n r0 = 0\n exit", 2 },
    };

    [Fact]
    public void A_trace_sees_every_instruction_and_the_registers_before_it()
    {
        List<string> steps = [];
        using LoadedObject loaded = BpfHost.InProcess.Load(
            EngineRunner.Wrap(Assembler.Assemble("r0 = 1\n call f\n r0 += 1\n exit\n f:\n r0 = 0x100000000 ll\n exit")),
            new RuntimeOptions { Trace = step => steps.Add($"{step.Program!.Name}+{step.Slot} r0={step.Registers[0]:x}") });
        Assert.Equal(0x1_0000_0001ul, loaded.Program("main").Run(new RunInput()).ReturnValue);
        Assert.Equal(
            ["main+0 r0=0", "main+1 r0=1", "main+4 r0=0", "main+6 r0=100000000", "main+2 r0=100000000", "main+3 r0=100000001"], steps);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Gives_its_result_on_every_engine(string text, ulong expected)
    {
        byte[] memory = [0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7];
        foreach (EngineUnderTest engine in Enum.GetValues<EngineUnderTest>())
        {
            RunResult result = EngineRunner.Run(engine, Assembler.Assemble(text), memory);
            Assert.True(
                result.Fault is null && result.ReturnValue == expected,
                $"{engine}: 0x{result.ReturnValue:x} for 0x{expected:x} {result.Fault}\n{text}");
        }
    }
}
