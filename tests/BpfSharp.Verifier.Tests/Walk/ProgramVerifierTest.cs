using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Tests.Walk;

public class ProgramVerifierTest
{
    private static readonly ImmutableArray<MapSpec> s_maps =
    [
        new() { Name = "array", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 4 },
        new() { Name = "hash", Type = MapType.Hash, KeySize = 8, ValueSize = 8, MaxEntries = 4 },
        new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 },
    ];

    public static TheoryData<string, ProgramType, string, string> Programs => new()
    {
        // what                              type                       expected      program
        { "a constant",                      ProgramType.SocketFilter, "",           "r0 = 0; exit" },
        { "nothing in r0",                   ProgramType.SocketFilter, "BPF2101",    "exit" },
        { "r1-r5 after a call",              ProgramType.SocketFilter, "BPF2101",    "r6 = r1; call bpf_ktime_get_ns#5; r0 = r1; exit" },
        { "frame pointer written",           ProgramType.SocketFilter, "BPF2010",    "r10 = 0; r0 = 0; exit" },
        { "a constant filled sign extended", ProgramType.SocketFilter, "BPF2104",    Lookup("array", 4) + "*(u64 *)(r10 - 16) = 255; r1 = *(s8 *)(r10 - 16); r1 += 17; r0 += r1; r0 = *(u8 *)(r0 + 0); exit" },
        { "falls off the end",               ProgramType.SocketFilter, "BPF2013",    "r0 = 0" },
        { "unreachable code",                ProgramType.SocketFilter, "BPF2011",    "r0 = 0; exit; r0 = 1; exit" },
        { "stack in the frame",              ProgramType.SocketFilter, "",           "*(u64 *)(r10 - 512) = 0; r0 = *(u64 *)(r10 - 512); exit" },
        { "stack below the frame",           ProgramType.SocketFilter, "BPF2107",    "*(u64 *)(r10 - 520) = 0; r0 = 0; exit" },
        { "stack above the frame",           ProgramType.SocketFilter, "BPF2107",    "*(u64 *)(r10 + 0) = 0; r0 = 0; exit" },
        { "a pointer spilled in part",       ProgramType.SocketFilter, "BPF2107",    "*(u32 *)(r10 - 8) = r1; r0 = 0; exit" },
        { "a spilled context",               ProgramType.SocketFilter, "",           "*(u64 *)(r10 - 8) = r1; r2 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r2 + 0); exit" },
        { "context field",                   ProgramType.SocketFilter, "",           "r0 = *(u32 *)(r1 + 0); exit" },
        { "no such context field",           ProgramType.SocketFilter, "BPF2108",    "r0 = *(u32 *)(r1 + 400); exit" },
        { "number dereferenced",             ProgramType.SocketFilter, "BPF2103",    "r1 = 64; r0 = *(u32 *)(r1 + 0); exit" },
        { "pointer multiplied",              ProgramType.SocketFilter, "BPF2109",    "r1 *= 2; r0 = 0; exit" },
        { "endless loop",                    ProgramType.SocketFilter, "BPF2401",    "r0 = 0; goto -1" },
        { "a loop of ten",                   ProgramType.SocketFilter, "",           "r0 = 0; r0 += 1; if r0 < 10 goto -2; exit" },
        { "no null check",                   ProgramType.SocketFilter, "BPF2102",    Lookup("hash", 8) + "r0 = *(u64 *)(r0 + 0); exit" },
        { "null checked",                    ProgramType.SocketFilter, "",           Lookup("hash", 8) + "if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 0); exit" },
        { "known index of an array",         ProgramType.SocketFilter, "",           Lookup("array", 4) + "r0 = *(u64 *)(r0 + 8); exit" },
        { "behind the value",                ProgramType.SocketFilter, "BPF2104",    Lookup("array", 4) + "r0 = *(u64 *)(r0 + 12); exit" },
        { "masked index",                    ProgramType.SocketFilter, "",           Lookup("array", 4) + "r1 = *(u32 *)(r0 + 0); r1 &= 8; r0 += r1; r0 = *(u64 *)(r0 + 0); exit" },
        { "index one too far",               ProgramType.SocketFilter, "BPF2104",    Lookup("array", 4) + "r1 = *(u32 *)(r0 + 0); r1 &= 15; r0 += r1; r0 = *(u64 *)(r0 + 0); exit" },
        { "packet checked",                  ProgramType.Xdp,          "",           Packet("r4 > r3") + "r0 = *(u8 *)(r2 + 13); exit; r0 = 1; exit" },
        { "packet checked too short",        ProgramType.Xdp,          "BPF2106",    Packet("r4 > r3") + "r0 = *(u8 *)(r2 + 14); exit; r0 = 1; exit" },
        { "packet not checked",              ProgramType.Xdp,          "BPF2106",    "r2 = *(u32 *)(r1 + 0); r0 = *(u8 *)(r2 + 0); exit" },
        { "helper of another hook",          ProgramType.SocketFilter, "BPF2201",    "r1 = 0; r2 = 0; call 23; exit" },
        { "record not given back",           ProgramType.SocketFilter, "BPF2301",    Reserve + "r0 = 0; exit" },
        { "record given back",               ProgramType.SocketFilter, "",           Reserve + "if r0 == 0 goto +3; r1 = r0; r2 = 0; call bpf_ringbuf_discard#133; r0 = 0; exit" },
        { "record given back twice",         ProgramType.SocketFilter, "BPF2202",    Reserve + "if r0 == 0 goto +6; r6 = r0; r1 = r0; r2 = 0; call bpf_ringbuf_discard#133; r1 = r6; r2 = 0; call bpf_ringbuf_discard#133; r0 = 0; exit" },
    };

    private const string Reserve = "r1 = map[idx:2]; r2 = 8; r3 = 0; call bpf_ringbuf_reserve#131; ";

    private static string Lookup(string map, int keySize) =>
        (keySize == 4 ? "*(u32 *)(r10 - 8) = 1; " : "*(u64 *)(r10 - 8) = 1; ")
        + $"r2 = r10; r2 += -8; r1 = map[idx:{(map == "array" ? 0 : 1)}]; call bpf_map_lookup_elem#1; ";

    private static string Packet(string test) =>
        $"r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; if {test} goto +2; ";

    [Theory]
    [MemberData(nameof(Programs))]
    public void Verdicts(string what, ProgramType type, string expected, string program)
    {
        VerificationResult result = Verify(type, program);
        string found = string.Join(", ", result.Findings.Select(f => f.Id));
        Assert.True(found == expected, $"{what}: expected '{expected}', found {string.Join("; ", result.Findings)}\n{program}");
        Assert.Equal(expected.Length == 0, result.IsAccepted);
    }

    [Fact]
    public void An_endless_loop_is_fine_in_process_and_says_that_it_needs_fuel()
    {
        const string Program = "r0 = 0; r0 += 1; goto -2";
        Assert.Equal(Verdict.Rejected, Verify(ProgramType.SocketFilter, "r0 = 0; goto -1").Verdict);
        VerificationResult result = Verify(ProgramType.SocketFilter, "r0 = 0; goto -1", VerifierMode.InProcess);
        Assert.True(result.IsAccepted);
        Assert.True(result.Program.Facts.NeedsFuel);
        VerificationResult counting = Verify(ProgramType.SocketFilter, Program, VerifierMode.InProcess);
        Assert.True(counting.IsAccepted, string.Join("; ", counting.Findings));
        Assert.True(counting.Program.Facts.NeedsFuel);
        Assert.False(Verify(ProgramType.SocketFilter, "r0 = 0; exit", VerifierMode.InProcess).Program!.Facts.NeedsFuel);
    }

    [Fact]
    public void A_refusal_tells_the_path_and_what_made_the_value()
    {
        VerificationResult result = Verify(
            ProgramType.SocketFilter,
            Lookup("array", 4) + "r1 = *(u32 *)(r0 + 0); if r1 > 100 goto +2; r0 += r1; r0 = *(u64 *)(r0 + 0); exit");
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal("BPF2104", finding.Id);
        Assert.NotNull(finding.Suggestion);
        Assert.Contains(finding.Facts, f => f.StartsWith("path:", StringComparison.Ordinal));
        Assert.Contains(finding.Facts, f => f.StartsWith("because of", StringComparison.Ordinal) && f.Contains("r0 += r1", StringComparison.Ordinal));
    }

    [Fact]
    public void Pointers_may_not_leak_to_the_weak()
    {
        const string Program = "r0 = r1; exit";
        Assert.True(Verify(ProgramType.SocketFilter, Program).IsAccepted);
        VerificationResult strict = Verify(ProgramType.SocketFilter, Program, VerifierMode.UnprivilegedStrict);
        Assert.Equal("BPF2112", Assert.Single(strict.Findings).Id);
    }

    private static VerificationResult Verify(ProgramType type, string text, VerifierMode mode = VerifierMode.Kernel)
    {
        BpfObject obj = new() { Name = "test", License = "GPL" };
        foreach (MapSpec map in s_maps)
        {
            obj.Maps.Add(map.Clone());
        }

        string lines = text.Replace("; ", "\n", StringComparison.Ordinal);
        ImmutableArray<Instruction> code = Assembler.Assemble(lines);
        obj.Programs.Add(new ProgramSpec
        {
            Name = "test",
            Type = type,
            Instructions = code,
            Subprograms = [new Subprogram("test", 0, 0, false)],
        });
        return ProgramVerifier.Verify(obj, obj.Programs[0], new VerifierOptions { Mode = mode });
    }
}
