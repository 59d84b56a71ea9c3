using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Conformance.Tests;

/// <summary>A context handed to a function through the stack must not become half a pointer in unchecked code.</summary>
public class HiddenContextTests
{
    private const string ThroughTheStack = """
        .program p section=xdp
            *(u64 *)(r10 -8) = r1
            r1 = r10
            r1 += -8
            call length
            exit
        length:
            r1 = *(u64 *)(r1 +0)
            r2 = *(u32 *)(r1 +0)
            r3 = *(u32 *)(r1 +4)
            r2 += 1
            if r2 > r3 goto none
            r0 = *(u8 *)(r2 -1)
            exit
        none:
            r0 = 0
            exit
        """;

    [Theory]
    [InlineData(EngineChoice.Interpreter)]
    [InlineData(EngineChoice.Jit)]
    public void The_process_survives(EngineChoice engine)
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(ObjectAssembler.Assemble(ThroughTheStack), new RuntimeOptions { Engine = engine });
        InProcessProgram program = (InProcessProgram)loaded.Program("p");

        Assert.True(program.IsChecked, "the access was not followed, so the program must run checked");
        RunResult result = program.Run(new RunInput { Packet = new byte[] { 7, 1, 2, 3 } });
        Assert.True(result.Fault is not null || result.ReturnValue is 7 or 0, $"returned {result.ReturnValue}");
    }
}
