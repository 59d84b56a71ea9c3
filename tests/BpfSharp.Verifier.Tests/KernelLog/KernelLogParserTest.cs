using BpfSharp.Diagnostics;
using BpfSharp.Verifier.KernelLog;

namespace BpfSharp.Verifier.Tests.KernelLog;

public class KernelLogParserTest
{
    [Theory]
    [InlineData("R0 !read_ok", "BPF2101")]
    [InlineData("R0 invalid mem access 'map_value_or_null'", "BPF2102")]
    [InlineData("R1 invalid mem access 'scalar'", "BPF2103")]
    [InlineData("invalid access to map value, value_size=4 off=8 size=4\nR0 min value is outside of the allowed memory range", "BPF2104")]
    [InlineData("invalid access to packet, off=0 size=4, R1(id=0,off=0,r=0)\nR1 offset is outside of the packet", "BPF2106")]
    [InlineData("invalid write to stack R10 off=-600 size=8", "BPF2107")]
    [InlineData("invalid bpf_context access off=60 size=8", "BPF2108")]
    [InlineData("dereference of modified ctx ptr R1 off=12 disallowed", "BPF2108")]
    [InlineData("R1 32-bit pointer arithmetic prohibited", "BPF2109")]
    [InlineData("math between pkt pointer and register with unbounded min value is not allowed", "BPF2109")]
    [InlineData("program of this type cannot use helper bpf_redirect_map#51", "BPF2201")]
    [InlineData("R2 type=scalar expected=fp, pkt, map_value", "BPF2202")]
    [InlineData("R2 type=ctx expected=fp, pkt, map_value", "BPF2202")]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", "BPF2203")]
    [InlineData("cannot pass map_type 2 into func bpf_map_push_elem#87", "BPF2204")]
    [InlineData("Unreleased reference id=2 alloc_insn=5\nBPF_EXIT instruction in main prog would lead to reference leak", "BPF2301")]
    [InlineData("At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]", "BPF2303")]
    [InlineData("infinite loop detected at insn 3", "BPF2401")]
    [InlineData("BPF program is too large. Processed 1000001 insn", "BPF2402")]
    [InlineData("unreachable insn 4", "BPF2011")]
    public void Messages_have_their_class(string message, string id)
    {
        string log = $"0: R1=ctx() R10=fp0\n; return x; @ probe.c:12\n7: (95) exit\n{message}\nprocessed 8 insns (limit 1000000)\n";
        Finding finding = Assert.Single(KernelLogParser.Parse(log));
        Assert.Equal(id, finding.Id);
        Assert.Equal(7, finding.Slot);
        Assert.Equal("probe.c:12", finding.Source!.ToString());
        Assert.Equal("return x;", finding.Source.Text);
        Assert.NotNull(finding.Suggestion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("verification time 20 usec\nstack depth 0\nprocessed 2 insns (limit 1000000) max_states_per_insn 0\n")]
    public void No_refusal_no_finding(string log) => Assert.Empty(KernelLogParser.Parse(log));

    [Fact]
    public void Checks_before_the_walk_name_the_instruction()
    {
        Finding finding = Assert.Single(KernelLogParser.Parse("unreachable insn 4\nprocessed 0 insns (limit 1000000)\n"));
        Assert.Equal(4, finding.Slot);
        Assert.Null(finding.Source);
    }
}
