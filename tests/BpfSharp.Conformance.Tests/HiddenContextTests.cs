using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Conformance.Tests;

/// <summary>A context handed on through memory is the context still: its pointers are whole wherever they are read.</summary>
public class HiddenContextTests
{
    private const string FirstByte = """
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

    private static readonly (string Name, string Text)[] s_programs =
    [
        ("through the caller's stack", $"""
            .program p section=xdp
                *(u64 *)(r10 -8) = r1
                r1 = r10
                r1 += -8
                call first
                exit
            first:
                r1 = *(u64 *)(r1 +0)
            {FirstByte}
            """),
        ("through another register of the own stack", $"""
            .program p section=xdp
                r2 = r10
                r2 += -16
                *(u64 *)(r2 +8) = r1
                r1 = *(u64 *)(r10 -8)
            {FirstByte}
            """),
        ("through two structures", $"""
            .program p section=xdp
                *(u64 *)(r10 -16) = r1
                r2 = r10
                r2 += -16
                *(u64 *)(r10 -8) = r2
                r1 = r10
                r1 += -8
                call first
                exit
            first:
                r1 = *(u64 *)(r1 +0)
                r1 = *(u64 *)(r1 +0)
            {FirstByte}
            """),
    ];

    public static TheoryData<string, EngineChoice, Checking> Cases
    {
        get
        {
            TheoryData<string, EngineChoice, Checking> data = [];
            foreach ((string name, _) in s_programs)
            {
                foreach (EngineChoice engine in (EngineChoice[])[EngineChoice.Interpreter, EngineChoice.Jit])
                {
                    data.Add(name, engine, Checking.Always);
                    data.Add(name, engine, Checking.RequireVerified);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_the_context(string name, EngineChoice engine, Checking checking)
    {
        string text = s_programs.First(program => program.Name == name).Text;
        using LoadedObject loaded = BpfHost.InProcess.Load(
            ObjectAssembler.Assemble(text), new RuntimeOptions { Engine = engine, Checking = checking });
        InProcessProgram program = (InProcessProgram)loaded.Program("p");

        RunResult result = program.Run(new RunInput { Packet = new byte[] { 7, 1, 2, 3 } });

        Assert.Equal(checking == Checking.Always, program.IsChecked);
        Assert.True(result.Fault is null && result.ReturnValue == 7, $"{result.ReturnValue} {result.Fault}\n{text}");
    }
}
