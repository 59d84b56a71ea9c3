using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Linux.Tests.Oracle;

public sealed class OracleTests
{
    private static readonly byte[] s_packet = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];

    private static Instruction[] Return(int value) =>
        [Instruction.Encode(Op.Mov64Imm, Register.R0, imm: value), Instruction.Encode(Op.Exit)];

    /// <summary>r0 = ++*(u64 *)map[0], through the helper.</summary>
    private static Instruction[] CountInMap() =>
    [
        Instruction.Encode(Op.Store32Imm, Register.R10, offset: -4, imm: 0),
        Instruction.Encode(Op.Mov64Reg, Register.R2, Register.R10),
        Instruction.Encode(Op.Add64Imm, Register.R2, imm: -4),
        Instruction.Encode(Op.LoadMapIndex, Register.R1, imm: 0),
        default,
        Instruction.Encode(Op.CallHelper, imm: 1),
        Instruction.Encode(Op.Jeq64Imm, Register.R0, offset: 4, imm: 0),
        Instruction.Encode(Op.Load64, Register.R1, Register.R0),
        Instruction.Encode(Op.Add64Imm, Register.R1, imm: 1),
        Instruction.Encode(Op.Store64Reg, Register.R0, Register.R1),
        Instruction.Encode(Op.Mov64Reg, Register.R0, Register.R1),
        Instruction.Encode(Op.Exit),
    ];

    [Fact]
    public void Accepts_and_runs_a_program_on_a_packet()
    {
        KernelSupport.RequireBpf();
        using KernelOracle.Verdict verdict = KernelOracle.Load(ProgramType.Xdp, Return(2));
        Assert.True(verdict.Accepted, verdict.Log);
        Assert.NotNull(verdict.VerificationTime);
        RunResult result = verdict.Run(new RunInput { Packet = s_packet });
        Assert.Equal(2ul, result.ReturnValue);
        Assert.Equal(s_packet, result.Packet.ToArray());
    }

    [Fact]
    public void Refuses_with_the_whole_log()
    {
        KernelSupport.RequireBpf();
        using KernelOracle.Verdict verdict = KernelOracle.Load(ProgramType.Xdp, [Instruction.Encode(Op.Exit)]);
        Assert.False(verdict.Accepted);
        Assert.Equal("EACCES", verdict.ErrorName);
        Assert.Contains("R0 !read_ok", verdict.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_log_is_never_cut()
    {
        KernelSupport.RequireBpf();
        Instruction[] program =
        [
            .. Enumerable.Range(0, 20_000).Select(_ => Instruction.Encode(Op.Mov64Imm, Register.R1, imm: 1)),
            Instruction.Encode(Op.Exit),
        ];
        using KernelOracle.Verdict verdict = KernelOracle.Load(ProgramType.Xdp, program, logLevel: 2);
        Assert.False(verdict.Accepted);
        Assert.True(verdict.Log.Length > 256 * 1024, $"{verdict.Log.Length} characters");
        Assert.Contains("0: (b7) r1 = 1", verdict.Log, StringComparison.Ordinal);
        Assert.Contains("R0 !read_ok", verdict.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_by_index_are_shared_with_the_program()
    {
        KernelSupport.RequireBpf();
        MapSpec counts = new() { Name = "counts", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
        using KernelOracle.Verdict verdict = KernelOracle.Load(ProgramType.Xdp, CountInMap(), [counts]);
        Assert.True(verdict.Accepted, verdict.Log);
        RunResult result = verdict.Run(new RunInput { Packet = s_packet, Repeat = 5 });
        Assert.Equal(5ul, result.ReturnValue);
        byte[] value = new byte[8];
        Assert.Equal(0, verdict.Maps[0].Lookup(new byte[4], value));
        Assert.Equal(5ul, BinaryPrimitives.ReadUInt64LittleEndian(value));
    }

    [Fact]
    public void An_object_made_in_code_loads_runs_and_goes()
    {
        KernelSupport.RequireBpf();
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8 });
        source.Programs.Add(new ProgramSpec { Name = "count", Type = ProgramType.SchedCls, Instructions = [.. CountInMap()] });
        using LoadedObject loaded = BpfHost.Kernel.Load(source);
        Assert.Equal(0, loaded.Map("counts").Update(new byte[4], new byte[8]));
        Assert.Equal(1ul, loaded.Program("count").Run(s_packet).ReturnValue);
        int descriptor = ((KernelMap)loaded.Map("counts")).FileDescriptor;
        loaded.Dispose();
        Assert.False(Path.Exists($"/proc/self/fd/{descriptor}")
            && File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", false)!.Name.Contains("bpf-map", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rejected_program_names_the_instruction_and_the_log()
    {
        KernelSupport.RequireBpf();
        BpfObject source = new() { License = "GPL" };
        source.Programs.Add(new ProgramSpec { Name = "bad", Type = ProgramType.Xdp, Instructions = [Instruction.Encode(Op.Exit)] });
        ProgramRejectedException error = Assert.Throws<ProgramRejectedException>(() => BpfHost.Kernel.Load(source));
        Assert.Equal("bad", error.Program);
        Assert.Contains("R0 !read_ok", error.Message, StringComparison.Ordinal);
        Assert.Contains("processed", error.Log, StringComparison.Ordinal);
        Assert.Equal(0, error.Findings[0].Slot);
    }

    [Fact]
    public void A_refused_map_names_itself_the_command_and_the_errno()
    {
        KernelSupport.RequireBpf();
        BpfObject source = new();
        source.Maps.Add(new MapSpec { Name = "wrong", Type = MapType.Array, KeySize = 8, ValueSize = 8, MaxEntries = 1 });
        KernelException error = Assert.Throws<KernelException>(() => BpfHost.Kernel.Load(source));
        Assert.Equal("EINVAL", error.ErrorName);
        Assert.Equal("BPF_MAP_CREATE", error.Command);
        Assert.Contains("map 'wrong'", error.Message, StringComparison.Ordinal);
    }
}
