using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Tests.InProcess;

/// <summary>What is accepted in process and by no kernel: accesses nothing proves run tested, alone, and hold the rest's proof up.</summary>
public class InsertedCheckTest
{
    private const string Head = """
        .license GPL
        .map before type=array key=4 value=64 entries=1
        .map table type=array key=4 value=64 entries=1
        .map after type=array key=4 value=64 entries=1
        .map sparse type=hash key=4 value=8 entries=4
        .program p section=xdp
            r7 = *(u32 *)(r1 +0)
            r8 = *(u32 *)(r1 +4)
            r2 = r7
            r2 += 4
            if r2 > r8 goto out
            r6 = *(u32 *)(r7 +0)

        """;

    private const string Lookup = """
            *(u32 *)(r10 -4) = 0
            r1 = map[table]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out

        """;

    private const string Tail = """

            exit
        out:
            r0 = 1
            exit
        """;

    // what it is, text, regions of the accesses that run tested, then pairs: the packet's first word, what is returned (-1: a fault)
    public static TheoryData<string, string, string, int[]> Accepted { get; } = new()
    {
        { "an index without a bound", Lookup + "r0 += r6\n r0 = *(u8 *)(r0 +0)", "Anywhere", [5, 105, 63, 163, 1 << 20, -1, int.MaxValue, -1] },
        { "a store at an index without a bound", Lookup + "r0 += r6\n *(u8 *)(r0 +0) = 7\n r0 = 2", "MapValue", [5, 2, 63, 2, 64, -1, 1 << 20, -1, -1, -1] },
        { "an atomic at an index without a bound", Lookup + "r6 <<= 3\n r0 += r6\n r1 = 1\n lock *(u64 *)(r0 +0) += r1\n r0 = 2", "MapValue", [1, 2, 7, 2, 8, -1, 1 << 16, -1] },
        { "a packet never measured", "r0 = *(u8 *)(r7 +13)", "Anywhere", [0, 0] },
        { "a packet never measured, at a variable offset", "r7 += r6\n r0 = *(u8 *)(r7 +4)", "Anywhere", [1, 0, 59, 0, 60, -1, 70_000, -1] },
        { "a packet never measured, written", "r6 &= 1023\n r7 += r6\n *(u8 *)(r7 +4) = 1\n r0 = 2", "Packet", [1, 2, 59, 2, 60, -1, 1000, -1] },
        {
            "a lookup never tested", "*(u32 *)(r10 -4) = r6\n r1 = map[sparse]\n r2 = r10\n r2 += -4\n call bpf_map_lookup_elem\n"
                + "r6 = *(u64 *)(r0 +0)\n r1 = 1\n lock *(u64 *)(r0 +0) += r1\n r0 = r6", "Anywhere", [3, 30, 4, -1]
        },
        { "a lookup never tested, written", "*(u32 *)(r10 -4) = r6\n r1 = map[sparse]\n r2 = r10\n r2 += -4\n call bpf_map_lookup_elem\n"
            + "*(u64 *)(r0 +0) = 9\n r0 = *(u64 *)(r0 +0)", "MapValue", [3, 9, 4, -1] },
        { "a number as a pointer", "r0 = *(u8 *)(r6 +0)", "Anywhere", [0, -1, 77, -1] },
        { "tested in a loop", Lookup + "r9 = 0\n again:\n r1 = r0\n r1 += r6\n r2 = *(u8 *)(r1 +0)\n r9 += r2\n r6 += 1\n if r6 < 64 goto again\n r0 = r9",
            "Anywhere", [62, 325, 63, 163, 64, -1] },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void It_is_accepted_and_says_what_runs_tested(string name, string text, string regions, int[] runs)
    {
        BpfObject obj = ObjectAssembler.Assemble(Head + text + Tail);
        Assert.Equal(Verdict.Rejected, ProgramVerifier.Verify(obj, obj.Programs[0]).Verdict);
        VerificationResult result = ProgramVerifier.Verify(obj, obj.Programs[0], new VerifierOptions { Mode = VerifierMode.InProcess });
        Assert.True(result.IsAccepted, $"{name}: {string.Join("; ", result.Findings)}");
        Assert.Equal(regions, string.Join(' ', result.Program.Facts.CheckedAccesses.Select(a => a.Region)));
        Assert.Equal(result.Program.Facts.CheckedAccesses.Select(a => a.Slot), result.Findings.Select(f => f.Slot));
        Assert.All(result.Findings, f => Assert.Equal(("BPF2003", Severity.Info), (f.Id, f.Severity)));
        Assert.NotEmpty(runs);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Both_engines_run_it_and_stop_it(string name, string text, string regions, int[] runs)
    {
        foreach (EngineChoice engine in (EngineChoice[])[EngineChoice.Interpreter, EngineChoice.Jit])
        {
            BpfObject obj = ObjectAssembler.Assemble(Head + text + Tail);
            using LoadedObject loaded = InProcessHost.Instance.Load(obj, new RuntimeOptions { Engine = engine, Checking = Checking.RequireVerified });
            Fill(loaded);
            for (int k = 0; k < runs.Length; k += 2)
            {
                byte[] packet = new byte[64];
                BinaryPrimitives.WriteInt32LittleEndian(packet, runs[k]);
                RunResult result = loaded.Program("p").Run(packet);
                string what = $"{name} ({regions}) on {engine} with {runs[k]}: {result.ReturnValue} {result.Fault}";
                Assert.True((result.Fault is null ? (int)result.ReturnValue : -1) == runs[k + 1], what);
                Assert.True(result.Fault is null or { Id: "BPF4301" }, what);
                AssertUntouched(loaded, what);
            }
        }
    }

    /// <summary>Every register stays inside what the walk claims, whatever the packet says.</summary>
    [Theory]
    [MemberData(nameof(Accepted))]
    public void Registers_stay_inside_the_claims(string name, string text, string regions, int[] runs)
    {
        BpfObject obj = ObjectAssembler.Assemble(Head + text + Tail);
        ProgramVerifier.Verify(
            obj, obj.Programs[0], new VerifierOptions { Mode = VerifierMode.InProcess, RecordClaims = true }, out ClaimRecorder? claims);
        using LoadedObject loaded = InProcessHost.Instance.Load(obj, new RuntimeOptions { Engine = EngineChoice.Interpreter });
        Fill(loaded);
        Random random = new(7);
        string? broken = null;
        try
        {
            ObservedMode.Observer = (slot, registers) =>
            {
                for (int r = 0; r < 10 && broken is null; r++)
                {
                    ClaimRecorder.Claim claim = claims!.Of(slot, r);
                    bool holds = claim.Visited && (claim.IsOpen || claim.Kind != RegisterKind.Scalar || claim.HoldsNumber(registers[r]));
                    broken = holds ? null
                        : $"{name} ({regions}), slot {slot}: r{r} is 0x{registers[r]:x}; the claim is {claim}";
                }
            };
            byte[] packet = new byte[64];
            for (int k = 0; k < 200 && broken is null; k++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(packet, k < runs.Length ? runs[k] : random.Next() >> random.Next(31));
                loaded.Program("p").Run(packet);
            }
        }
        finally
        {
            ObservedMode.Observer = null;
        }

        Assert.Null(broken);
    }

    /// <summary>Stores that are tested reach nothing but the values of their map, wherever the index points.</summary>
    [Fact]
    public void A_tested_store_stays_in_its_map()
    {
        using LoadedObject loaded = InProcessHost.Instance.Load(
            ObjectAssembler.Assemble(Head + Lookup + "r6 <<= 1\n r0 += r6\n *(u16 *)(r0 +0) = -1\n r0 = 2" + Tail),
            new RuntimeOptions { Engine = EngineChoice.Jit, Checking = Checking.RequireVerified });
        Fill(loaded);
        byte[] packet = new byte[64];
        for (int offset = 0; offset < 4096; offset += 7)
        {
            BinaryPrimitives.WriteInt32LittleEndian(packet, offset);
            Assert.Equal(offset < 32, loaded.Program("p").Run(packet).Fault is null);
            AssertUntouched(loaded, $"offset {offset}");
        }
    }

    public static TheoryData<string, string, string> Refused { get; } = new()
    {
        { "a constant outside the value", Lookup + "r0 = *(u8 *)(r0 +64)", "BPF2104" },
        { "a constant as a pointer", "r1 = 4096\n r0 = *(u8 *)(r1 +0)", "BPF2103" },
        { "a store through a number", "*(u8 *)(r6 +0) = 1\n r0 = 2", "BPF2103" },
        { "one store to the map or the stack", Lookup + "r1 = r0\n r1 += r6\n if r6 != 9 goto both\n r1 = r10\n r1 += -8\n both:\n *(u8 *)(r1 +0) = 1\n r0 = 2", "BPF2105" },
        { "an unread register", "r0 = r9", "BPF2101" },
        { "a context field that is not there", "r9 = *(u32 *)(r7 +0)\n r0 = 2\n exit\n out2:\n r0 = 0", "BPF2011" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_test_cannot_answer_stays_refused(string name, string text, string id)
    {
        BpfObject obj = ObjectAssembler.Assemble(Head + text + Tail);
        VerificationResult result = ProgramVerifier.Verify(obj, obj.Programs[0], new VerifierOptions { Mode = VerifierMode.InProcess });
        Assert.True(result.Verdict == Verdict.Rejected, name);
        Assert.Equal(id, result.Findings.First(f => f.Severity == Severity.Error).Id);
    }

    private static void Fill(LoadedObject loaded)
    {
        byte[] key = new byte[4];
        byte[] value = [.. Enumerable.Range(100, 64).Select(i => (byte)i)];
        Assert.Equal(0, loaded.Map("table").Update(key, value));
        value.AsSpan().Fill(0x5a);
        Assert.Equal(0, loaded.Map("before").Update(key, value));
        Assert.Equal(0, loaded.Map("after").Update(key, value));
        key[0] = 3;
        byte[] counter = new byte[8];
        counter[0] = 30;
        Assert.Equal(0, loaded.Map("sparse").Update(key, counter));
    }

    private static void AssertUntouched(LoadedObject loaded, string what)
    {
        byte[] value = new byte[64];
        foreach (string map in (string[])["before", "after"])
        {
            Assert.True(loaded.Map(map).Lookup(new byte[4], value) == 0, what);
            Assert.True(value.AsSpan().IndexOfAnyExcept((byte)0x5a) < 0, $"{what}: map {map} was written");
        }
    }
}
