using System.Buffers.Binary;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Verifier.Tests.Fuzz;

public class RandomProgramTest
{
    private static int Count(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("BPFSHARP_FUZZ"), out int more) ? more : usual;

    /// <summary>
    /// State embedding: accepted programs run with random map contents, and before every instruction each register that is
    /// claimed to be a number lies inside the claim.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Concrete_registers_stay_inside_the_claims(int seed)
    {
        int accepted = 0;
        int compared = 0;
        for (int k = 0; k < Count(150); k++)
        {
            int programSeed = (seed * 1_000_003) + k;
            BpfObject obj = Object(new RandomProgram(programSeed).Make());
            if (Embedding.Of(obj, obj.Programs[0]) is not { } embedding)
            {
                continue;
            }

            accepted++;
            RunInside(obj, embedding, programSeed);
            compared += embedding.Compared;
        }

        Assert.True(accepted > 10, $"only {accepted} programs were accepted");
        Assert.True(compared > 100, $"only {compared} registers were compared");
    }

    /// <summary>Verdicts are the kernel's, and so is what accepted programs return.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Verdicts_and_results_are_the_kernels(int seed)
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        int accepted = 0;
        List<string> differences = [];
        int falseRejects = 0;
        for (int k = 0; k < Count(60); k++)
        {
            int programSeed = (seed * 1_000_003) + k;
            Instruction[] code = new RandomProgram(programSeed).Make();
            BpfObject obj = Object(code);
            VerificationResult ours = ProgramVerifier.Verify(obj, obj.Programs[0]);
            using KernelOracle.Verdict kernel = KernelOracle.Load(ProgramType.SocketFilter, code, [RandomProgram.Values], logLevel: 1);
            accepted += ours.IsAccepted ? 1 : 0;
            if (ours.IsAccepted && !kernel.Accepted)
            {
                differences.Add($"seed {programSeed}: ours accepts, the kernel: {LastLine(kernel.Log)}\n{Listing(code)}");
            }
            else if (!ours.IsAccepted && kernel.Accepted)
            {
                falseRejects++;
                differences.Add($"seed {programSeed}: the kernel accepts, ours: {ours.Findings[0]}\n{Listing(code)}");
            }
            else if (kernel.Accepted)
            {
                ulong theirs = kernel.Run(new RunInput { Packet = new byte[64] }).ReturnValue;
                using LoadedObject loaded = InProcessHost.Instance.Load(obj);
                ulong here = loaded.Programs["fuzz"].Run(new RunInput { Packet = new byte[64] }).ReturnValue;
                if ((uint)theirs != (uint)here)
                {
                    differences.Add($"seed {programSeed}: returns {here}, in the kernel {theirs}\n{Listing(code)}");
                }
            }
        }

        Assert.True(accepted > 5, $"only {accepted} programs were accepted");
        Assert.True(differences.Count == 0, $"{differences.Count} differences ({falseRejects} only more careful)\n{string.Join("\n", differences.Take(3))}");
    }

    private static void RunInside(BpfObject obj, Embedding embedding, int seed)
    {
        using LoadedObject loaded = InProcessHost.Instance.Load(
            obj, new RuntimeOptions { Engine = EngineChoice.Interpreter, Checking = Checking.Always });
        Random random = new(seed);
        byte[] value = new byte[RandomProgram.ValueSize];
        byte[] key = new byte[4];
        for (int run = 0; run < 6; run++)
        {
            random.NextBytes(value);
            if (run == 0)
            {
                value.AsSpan().Clear();
            }
            else if (run == 1)
            {
                BinaryPrimitives.WriteInt64LittleEndian(value, -1);
            }

            Assert.Equal(0, loaded.Maps["values"].Update(key, value));
            _ = embedding.Run(loaded.Programs["fuzz"], new RunInput { Packet = new byte[64] });
            Assert.True(embedding.Broken is null, $"seed {seed}: {embedding.Broken}\n{Listing([.. obj.Programs[0].Instructions])}");
        }
    }

    private static BpfObject Object(Instruction[] code)
    {
        BpfObject obj = new() { Name = "fuzz", License = "GPL" };
        obj.Maps.Add(RandomProgram.Values);
        obj.Programs.Add(new ProgramSpec
        {
            Name = "fuzz",
            Type = ProgramType.SocketFilter,
            Instructions = [.. code],
            Subprograms = [new Subprogram("fuzz", 0, 0, false)],
        });
        return obj;
    }

    private static string Listing(Instruction[] code) => string.Join("\n", Disassembler.FormatAll(code));

    private static string LastLine(string log) =>
        log.Split('\n').LastOrDefault(l => l.Length > 0 && !l.StartsWith("processed", StringComparison.Ordinal)) ?? "";
}
