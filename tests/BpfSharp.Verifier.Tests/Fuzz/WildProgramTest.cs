using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;
using BpfSharp.Verifier.KernelLog;

namespace BpfSharp.Verifier.Tests.Fuzz;

public class WildProgramTest
{
    private static int Count(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("BPFSHARP_FUZZ"), out int more) ? more : usual;

    /// <summary>Accepted programs run on random maps and packets, and never leave what the verifier claims.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Concrete_states_stay_inside_the_claims(int seed)
    {
        int accepted = 0;
        long compared = 0;
        for (int k = 0; k < Count(100); k++)
        {
            int programSeed = (seed * 1_000_003) + k;
            BpfObject obj = WildProgram.Make(programSeed);
            if (Embedding.Of(obj, obj.Programs[0]) is not { } embedding)
            {
                continue;
            }

            accepted++;
            RunInside(obj, embedding, programSeed);
            compared += embedding.Compared;
            Assert.True(embedding.Broken is null, $"seed {programSeed}: {embedding.Broken}\n{Listing(obj)}");
        }

        Assert.True(accepted > 5, $"only {accepted} programs were accepted");
        Assert.True(compared > 1000, $"only {compared} values were compared");
    }

    /// <summary>Verdicts are the kernel's.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Verdicts_are_the_kernels(int seed)
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        int accepted = 0;
        int falseAccepts = 0;
        List<string> differences = [];
        for (int k = 0; k < Count(60); k++)
        {
            int programSeed = (seed * 1_000_003) + k;
            BpfObject obj = WildProgram.Make(programSeed);
            VerificationResult ours = ProgramVerifier.Verify(obj, obj.Programs[0]);
            string? refusal = AskKernel(obj);
            accepted += ours.IsAccepted ? 1 : 0;
            if (ours.IsAccepted == (refusal is null))
            {
                continue;
            }

            falseAccepts += ours.IsAccepted ? 1 : 0;
            differences.Add($"seed {programSeed}: ours {(ours.IsAccepted ? "accepts" : ours.Findings[0].ToString())}\n"
                + $"  the kernel: {refusal ?? "accepts"}\n{Listing(obj)}");
        }

        Assert.True(accepted > 5, $"only {accepted} programs were accepted");
        Assert.True(
            differences.Count == 0, $"{differences.Count} differences of {accepted} accepted ({falseAccepts} accepted wrongly)\n{string.Join("\n", differences.Take(20))}");
    }

    private static void RunInside(BpfObject obj, Embedding embedding, int seed)
    {
        using LoadedObject loaded = InProcessHost.Instance.Load(
            obj, new RuntimeOptions { Engine = EngineChoice.Interpreter, Checking = Checking.Always, Fuel = 200_000 });
        Random random = new(seed);
        byte[] value = new byte[WildProgram.ValueSize];
        byte[] packet = new byte[WildProgram.PacketBytes];
        for (int run = 0; run < 5 && embedding.Broken is null; run++)
        {
            random.NextBytes(value);
            random.NextBytes(packet);
            if (run == 0)
            {
                value.AsSpan().Clear();
            }
            else if (run == 1)
            {
                value.AsSpan().Fill(0xff);
            }

            Assert.Equal(0, loaded.Maps["values"].Update(new byte[4], value));
            _ = embedding.Run(loaded.Programs["wild"], new RunInput { Packet = packet.AsMemory(0, run == 4 ? 40 : packet.Length) });
        }
    }

    /// <summary>Why the kernel refuses; <see langword="null"/> if it accepts.</summary>
    [SupportedOSPlatform("linux")]
    internal static string? AskKernel(BpfObject obj)
    {
        try
        {
            using LoadedObject loaded = BpfHost.Kernel.Load(obj);
            return null;
        }
        catch (ProgramRejectedException e)
        {
            string log = e.Log ?? "";
            Finding? finding = KernelLogParser.Parse(log, obj.Programs[0]).FirstOrDefault();
            return $"{finding?.Slot}: {finding?.Id} {finding?.Message}";
        }
    }

    internal static string Listing(BpfObject obj) => string.Join("\n", Disassembler.FormatAll(obj.Programs[0].Instructions.AsMemory()));
}
