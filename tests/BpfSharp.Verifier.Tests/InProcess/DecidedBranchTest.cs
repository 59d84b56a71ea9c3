using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Verifier.Tests.InProcess;

/// <summary>Jumps that read-only data decides cost nothing in process: both engines run without them, and give the same.</summary>
public class DecidedBranchTest
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(7, 1)]
    public void A_test_of_read_only_data_is_decided_at_load(int setting, int expected)
    {
        foreach (EngineChoice engine in (EngineChoice[])[EngineChoice.Interpreter, EngineChoice.Jit])
        {
            BpfObject obj = Make(setting);
            using LoadedObject loaded = InProcessHost.Instance.Load(obj, new RuntimeOptions { Engine = engine, Checking = Checking.RequireVerified });
            InProcessProgram program = (InProcessProgram)loaded.Program("p");

            RunResult result = program.Run(new byte[64]);

            Assert.Null(result.Fault);
            Assert.Equal((ulong)expected, result.ReturnValue);
            Assert.False(program.IsChecked);
            Assert.DoesNotContain(Jumps(program), op => op == Op.Jne64Imm);
            Assert.Contains(Jumps(program), op => op == Op.Jgt64Imm);
            Assert.True(loaded.Map(".rodata").Update(new byte[4], new byte[8]) < 0, "read-only data can be written after the load");
        }
    }

    [Fact]
    public void Without_a_proof_nothing_is_decided()
    {
        using LoadedObject loaded = InProcessHost.Instance.Load(Make(7), new RuntimeOptions { Checking = Checking.Always });
        Assert.Contains(Jumps((InProcessProgram)loaded.Program("p")), op => op == Op.Jne64Imm);
    }

    private static unsafe List<Op> Jumps(InProcessProgram program)
    {
        List<Op> found = [];
        foreach (ref readonly Runtime.Interpreter.Code code in program.Code.Image.All)
        {
            if (code.Op != Op.Invalid && OpcodeTable.Get(code.Op).Kind == OpKind.ConditionalJump)
            {
                found.Add(code.Op);
            }
        }

        return found;
    }

    // if (setting != 0) return 1; return length > 1000 ? 3 : 2
    private static BpfObject Make(int setting)
    {
        BpfObject obj = new() { Name = "decided", License = "GPL" };
        byte[] data = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(data, setting);
        obj.Maps.Add(new MapSpec
        {
            Name = ".rodata",
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = 8,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyProgram,
            Role = MapRole.ReadOnlyData,
            InitialData = data,
        });
        obj.Programs.Add(new ProgramSpec
        {
            Name = "p",
            Type = Hooks.ProgramType.SocketFilter,
            Instructions = Assembler.Assemble(
                """
                r6 = *(u32 *)(r1 +0)
                r2 = map[.rodata][0]+0
                r3 = *(u32 *)(r2 +0)
                if r3 != 0 goto set
                r0 = 2
                if r6 > 1000 goto long
                exit
                long:
                r0 = 3
                exit
                set:
                r0 = 1
                if r6 > 1000 goto long
                exit
                """,
                new AssemblerOptions { MapIndex = _ => 0 }),
            Subprograms = [new Subprogram("p", 0, 0, true)],
        });
        return obj;
    }
}
