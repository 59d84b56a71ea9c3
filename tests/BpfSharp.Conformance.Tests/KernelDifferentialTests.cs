using System.Collections.Immutable;
using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests;

/// <summary>Random XDP programs give the same in the live kernel and in process, on interpreter and JIT.</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelDifferentialTests
{
    private const int Programs = 80;

    public static bool CanBpf => KernelSupport.CanBpf;

    [Fact(SkipUnless = nameof(CanBpf), Skip = "needs Linux and a bpf(2) that this process may use")]
    public void Random_programs_give_the_same_in_the_kernel_and_in_process()
    {
        int compared = 0;
        string refusal = "";
        for (int seed = 5000; seed < 5000 + Programs; seed++)
        {
            ImmutableArray<Instruction> program = RandomProgram.CreateXdp(seed);
            byte[] packet = DifferentialTests.Memory(seed);
            using KernelOracle.Verdict kernel = KernelOracle.Load(ProgramType.Xdp, program.AsSpan(), logLevel: 1);
            if (!kernel.Accepted)
            {
                // Too many paths, or a number the verifier does not let through: nothing to compare.
                refusal = $"seed {seed}: {kernel.ErrorName}\n{kernel.Log}";
                continue;
            }

            compared++;
            RunResult expected = kernel.Run(new RunInput { Packet = packet });
            foreach (EngineUnderTest engine in Enum.GetValues<EngineUnderTest>())
            {
                BpfObject source = EngineRunner.Wrap(program);
                source.Programs[0].Type = ProgramType.Xdp;
                using LoadedObject loaded = BpfHost.InProcess.Load(source, EngineRunner.Options(engine));
                RunResult result = loaded.Program("main").Run(packet);
                Assert.True(
                    result.Fault is null && (uint)result.ReturnValue == (uint)expected.ReturnValue
                        && result.Packet.Span.SequenceEqual(expected.Packet.Span),
                    $"seed {seed} on {engine}: 0x{result.ReturnValue:x} for 0x{expected.ReturnValue:x} {result.Fault}\n"
                        + $"{Convert.ToHexString(result.Packet.Span)}\n{Convert.ToHexString(expected.Packet.Span)}\n{DifferentialTests.Listing(program)}");
            }
        }

        Assert.True(compared >= Programs / 2, $"the kernel accepted only {compared} of {Programs} programs; the last refusal: {refusal}");
    }
}
