using BpfSharp.Isa;

namespace BpfSharp.Tests.Isa;

public class ControlFlowGraphTests
{
    public static TheoryData<string, string> Graphs => new()
    {
        // program                                                      blocks: start-end>next,taken
        { "r0 = 0\nexit", "0-2>-1,-1" },
        { "if r1 == 0 goto out\nr0 = 1\nout:\nexit", "0-1>1,2 1-2>2,-1 2-3>-1,-1" },
        { "loop:\nr1 += -1\nif r1 != 0 goto loop\nexit", "0-2>1,0 2-3>-1,-1" },
        { "call f\nexit\nf:\nr0 = 0x1 ll\nexit", "0-2>-1,-1 2-5>-1,-1" },
        { "goto pc+9\nexit", "0-1>-1,-1 1-2>-1,-1" },
        { "may_goto pc+1\ngoto pc-2\nexit", "0-1>1,2 1-2>-1,0 2-3>-1,-1" },
    };

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Blocks_begin_at_targets_and_end_at_jumps(string program, string expected)
    {
        ControlFlowGraph graph = ControlFlowGraph.Of(Assembler.Assemble(program).AsSpan());

        Assert.Equal(expected, string.Join(' ', graph.Blocks.Select(b => $"{b.StartSlot}-{b.EndSlot}>{b.Next},{b.Taken}")));
    }

    [Fact]
    public void Pictures_hold_every_block_and_edge()
    {
        ControlFlowGraph graph = ControlFlowGraph.Of(Assembler.Assemble("loop:\nr1 += -1\nif r1 != 0 goto loop\nexit").AsSpan());

        string dot = graph.ToDot("a\"b", b => [$"block {b.Index}"]);
        Assert.Contains("digraph \"a\\\"b\"", dot, StringComparison.Ordinal);
        Assert.Contains("b0 -> b0 [color=blue]", dot, StringComparison.Ordinal);
        Assert.Contains("b0 -> b1;", dot, StringComparison.Ordinal);

        System.Xml.Linq.XDocument svg = System.Xml.Linq.XDocument.Parse(graph.ToSvg("a<b", b => [$"r{b.Index} < 1"]));
        Assert.Equal(2, svg.Descendants().Count(e => e.Name.LocalName == "text"));
        Assert.Equal(2, svg.Descendants().Count(e => e.Name.LocalName == "path" && e.Attribute("marker-end") is not null));
    }
}
