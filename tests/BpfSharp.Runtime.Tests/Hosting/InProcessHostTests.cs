using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Tests.Hosting;

/// <summary>What loading, running and disposing in process promise.</summary>
public sealed class InProcessHostTests
{
    private const string Counter = """
        .map counts type=array key=4 value=8 entries=1
        .program count section=xdp
            *(u32 *)(r10 - 4) = 0
            r1 = map[counts]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem#1
            if r0 == 0 goto out
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
        out:
            r0 = 2
            exit
        """;

    private static readonly byte[] s_packet = new byte[64];

    public static TheoryData<EngineChoice> Engines => [EngineChoice.Interpreter, EngineChoice.Jit, EngineChoice.Tiered];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Many_threads_run_one_program(EngineChoice engine)
    {
        const int Threads = 6;
        const int Runs = 2_000;
        using LoadedObject loaded = BpfHost.InProcess.Load(ObjectAssembler.Assemble(Counter), new RuntimeOptions { Engine = engine });
        LoadedProgram program = loaded.Program("count");
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Runs; i++)
            {
                RunResult result = program.Run(s_packet);
                Assert.Null(result.Fault);
                Assert.Equal(2ul, result.ReturnValue);
            }
        })));
        Assert.Equal(Threads * Runs, ReadCounter(loaded));
    }

    [Fact]
    public void Native_code_is_not_collected_while_it_can_run()
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(ObjectAssembler.Assemble(Counter), new RuntimeOptions { Engine = EngineChoice.Jit });
        for (int i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(2ul, loaded.Program("count").Run(s_packet).ReturnValue);
        }
    }

    [Fact]
    public async Task Disposing_outlives_runs_under_way()
    {
        InProcessObject loaded = (InProcessObject)BpfHost.InProcess.Load(ObjectAssembler.Assemble(Counter));
        LoadedProgram program = loaded.Program("count");
        using ManualResetEventSlim started = new();
        Task runner = Task.Run(() =>
        {
            started.Set();
            while (true)
            {
                try
                {
                    Assert.Null(program.Run(new RunInput { Packet = s_packet, Repeat = 10_000 }).Fault);
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
            }
        });
        started.Wait(TestContext.Current.CancellationToken);
        loaded.Dispose();
        await runner;
        Assert.Throws<ObjectDisposedException>(() => program.Run(s_packet));
    }

    [Fact]
    public void A_verified_program_runs_unchecked_and_others_checked()
    {
        using InProcessObject verified = (InProcessObject)BpfHost.InProcess.Load(ObjectAssembler.Assemble(Counter));
        InProcessProgram accepted = (InProcessProgram)verified.Program("count");
        Assert.True(accepted.Verification?.IsAccepted, string.Join("\n", accepted.Verification?.Findings ?? []));
        Assert.False(accepted.IsChecked);
        using InProcessObject wild = (InProcessObject)BpfHost.InProcess.Load(ObjectAssembler.Assemble("""
            .program wild section=xdp
                r1 = *(u32 *)(r1 + 0)
                r0 = *(u64 *)(r1 + 0)
                exit
            """));
        InProcessProgram refused = (InProcessProgram)wild.Program("wild");
        Assert.True(refused.IsChecked);
        Assert.Contains("checked", wild.Engine, StringComparison.Ordinal);
        Assert.Equal("BPF4301", refused.Run(new byte[4]).Fault?.Id);
    }

    [Fact]
    public void Requiring_a_proof_refuses_what_has_none()
        => Assert.Throws<Diagnostics.ProgramRejectedException>(() => BpfHost.InProcess.Load(
            ObjectAssembler.Assemble(".program p section=xdp\n r0 = *(u64 *)(r2 + 0)\n exit"),
            new RuntimeOptions { Checking = Checking.RequireVerified }));

    [Fact]
    public void A_program_that_runs_often_becomes_native()
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(ObjectAssembler.Assemble(Counter));
        InProcessProgram program = (InProcessProgram)loaded.Program("count");
        Assert.Equal("interpreter", program.Engine);
        long runs = 0;
        for (; program.Engine == "interpreter" && runs < 200_000; runs++)
        {
            program.Run(s_packet);
            if (runs > 100)
            {
                Thread.Sleep(1);
            }
        }

        Assert.Equal("JIT", program.Engine);
        program.Run(s_packet);
        Assert.Equal(runs + 1, ReadCounter(loaded));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Tail_calls_end_after_33_and_replace_the_frame(EngineChoice engine)
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(
            ObjectAssembler.Assemble("""
                .map counts type=array key=4 value=8 entries=1
                .map next type=ProgramArray key=4 value=4 entries=2
                .slot next 0 again
                .program again section=xdp
                    r6 = r1
                    *(u32 *)(r10 - 4) = 0
                    r1 = map[counts]
                    r2 = r10
                    r2 += -4
                    call bpf_map_lookup_elem#1
                    if r0 == 0 goto out
                    r1 = *(u64 *)(r0 + 0)
                    r1 += 1
                    *(u64 *)(r0 + 0) = r1
                    r1 = r6
                    r2 = map[next]
                    r3 = 0
                    call bpf_tail_call#12
                    r0 = 7
                    exit
                out:
                    r0 = 0
                    exit
                """),
            new RuntimeOptions { Engine = engine });
        RunResult result = loaded.Program("again").Run(s_packet);
        Assert.Null(result.Fault);
        Assert.Equal(7ul, result.ReturnValue);
        Assert.Equal(34, ReadCounter(loaded));
    }

    public static TheoryData<string, string, int> Hostile => new()
    {
        // name                  body                                                                                                      fault
        { "forged map",          "r1 = 0x123456789 ll\n r2 = r10\n r2 += -4\n call 1\n exit",                                               4309 },
        { "context as map",      "r2 = r10\n r2 += -4\n call 1\n exit",                                                                     4309 },
        { "map plus 8",          "r1 = map[counts]\n r1 += 8\n r2 = r10\n r2 += -4\n call 1\n exit",                                     4309 },
        { "number as callback",  "r1 = 4\n r2 = 0x1234 ll\n r3 = 0\n r4 = 0\n call 181\n exit",                                             4310 },
        { "wild key",            "r1 = map[counts]\n r2 = 0x4141414141414141 ll\n call 1\n exit",                                        4301 },
        { "key outside frame",   "r1 = map[counts]\n r2 = r10\n call 1\n exit",                                                          4301 },
        { "behind the value",    "*(u32 *)(r10 - 4) = 0\n r1 = map[counts]\n r2 = r10\n r2 += -4\n call 1\n r0 = *(u64 *)(r0 + 8)\n exit", 4301 },
        { "absent element",      "*(u32 *)(r10 - 4) = 5\n r1 = map[counts]\n r2 = r10\n r2 += -4\n call 1\n r0 = *(u64 *)(r0 + 0)\n exit", 4301 },
        { "recursive callback",  "again:\n r1 = 10\n r2 = subprog[again]\n r3 = 0\n r4 = 0\n call 181\n r0 = 0\n exit",                           4304 },
        { "endless callbacks",   "r1 = 8000000\n r2 = subprog[f]\n r3 = 0\n r4 = 0\n call 181\n r0 = 0\n exit\n f:\n r1 = 8000000\n r2 = subprog[g]\n r3 = 0\n r4 = 0\n call 181\n r0 = 0\n exit\n g:\n r0 = 0\n exit", 4303 },
        { "tail call, no array", "r2 = map[counts]\n r3 = 0\n call 12\n r0 = *(u64 *)(r0 + 0)\n exit",                                   4301 },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_use_of_maps_and_callbacks_ends_with_its_fault(string name, string body, int fault)
    {
        foreach (EngineChoice engine in new[] { EngineChoice.Interpreter, EngineChoice.Jit })
        {
            using LoadedObject loaded = BpfHost.InProcess.Load(
                ObjectAssembler.Assemble($".map counts type=array key=4 value=8 entries=1\n.program p section=xdp\n{body}"),
                new RuntimeOptions { Engine = engine, Checking = Checking.Always, Fuel = 1_000_000 });
            RunResult result = loaded.Program("p").Run(s_packet);
            Assert.True(result.Fault?.Id == $"BPF{fault}", $"{name} on {engine}: {result.Fault?.ToString() ?? $"r0 = {result.ReturnValue:x}"}\n{body}");
        }
    }

    [Fact]
    public void A_fault_gives_a_reserved_record_back()
    {
        foreach (EngineChoice engine in new[] { EngineChoice.Interpreter, EngineChoice.Jit })
        {
            // The record reserved before the fault must not stall those that follow.
            using LoadedObject loaded = BpfHost.InProcess.Load(
                ObjectAssembler.Assemble("""
                    .map events type=RingBuffer entries=4096
                    .program p section=xdp
                        r6 = r1
                        r1 = map[events]
                        r2 = 8
                        r3 = 0
                        call 131
                        if r0 == 0 goto out
                        r7 = r0
                        r1 = *(u32 *)(r6 + 0)
                        r1 = *(u8 *)(r1 + 0)
                        if r1 == 0 goto fine
                        r1 = 0
                        r1 = *(u64 *)(r1 + 0)
                    fine:
                        *(u64 *)(r7 + 0) = 77
                        r1 = r7
                        r2 = 0
                        call 132
                    out:
                        r0 = 0
                        exit
                    """),
                new RuntimeOptions { Engine = engine, Checking = Checking.Always });
            byte[] faulty = new byte[64];
            faulty[0] = 1;
            Assert.Equal("BPF4301", loaded.Program("p").Run(faulty).Fault?.Id);
            Assert.Null(loaded.Program("p").Run(s_packet).Fault);
            using RecordReader reader = loaded.Map("events").OpenReader();
            Assert.True(reader.TryRead(out RecordBatch batch));
            int records = 0;
            foreach (ReadOnlySpan<byte> record in batch)
            {
                Assert.Equal(77, BinaryPrimitives.ReadInt64LittleEndian(record));
                records++;
            }

            Assert.Equal(1, records);
        }
    }

    private static long ReadCounter(LoadedObject loaded)
    {
        byte[] value = new byte[8];
        Assert.Equal(0, loaded.Map("counts").Lookup(new byte[4], value));
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }
}
