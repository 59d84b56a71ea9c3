using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Tests.Objects;

public class ObjectAssemblerTests
{
    [Fact]
    public void A_text_becomes_an_object()
    {
        BpfObject made = ObjectAssembler.Assemble(
            """
            ; a comment
            .license Dual BSD/GPL
            .map inner type=percpu_array key=4 value=8 entries=3
            .map outer type=hash_of_maps key=4 value=4 entries=2 inner=inner flags=no_preallocate
            .map jumps type=program_array key=4 value=4 entries=2
            .slot jumps 1 second
            .program first section=xdp.frags
                r1 = map[outer]
                r2 = subprog[callback]
                call bpf_tail_call
                call callback
                exit
            callback:
                r0 = 0
                exit
            .program second type=sched_cls
                call kfunc[bpf_rcu_read_lock]
                r0 = 0
                exit
            """);

        Assert.Equal("Dual BSD/GPL", made.License);
        Assert.Equal(MapType.PerCpuArray, made.Maps[0].Type);
        Assert.Equal(8, made.Maps[1].InnerMap!.ValueSize);
        Assert.Equal(MapFlags.NoPreallocate, made.Maps[1].Flags);
        Assert.Equal(new MapSlot(1, "second"), Assert.Single(made.Maps[2].InitialSlots));
        ProgramSpec first = made.Programs[0];
        Assert.Equal(ProgramType.Xdp, first.Type);
        Assert.Equal(ProgramFlags.XdpHasFrags, first.Flags);
        Assert.Equal(["first@0", "callback@7"], first.Subprograms.Select(s => $"{s.Name}@{s.StartSlot}"));
        Assert.Equal(1, first.Instructions[0].Imm);
        Assert.Equal(Op.LoadMapIndex, first.Instructions[0].Op);
        Assert.Equal(12, first.Instructions[4].Imm);
        Assert.Equal("bpf_rcu_read_lock", Assert.Single(made.Externs).Name);
        Assert.Equal(ProgramType.SchedCls, made.Programs[1].Type);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        // text                                                      where and what
        { "r0 = 0", "line 1: 'r0 = 0' stands before any .program" },
        { "", "line 1: the text has no program" },
        { ".frob x", "line 1: '.frob x' is not a directive" },
        { ".map m key=4", "line 1: map 'm' has no type" },
        { ".map m type=hasch", "line 1: 'type=hasch' says nothing about a map" },
        { ".map m type=hash key=-4", "line 1: 'key=-4' says nothing about a map" },
        { ".program p section=nonsense", "line 1: 'section=nonsense' says nothing about a program" },
        { ".program p section=xdp\nr0 = 0\nr1 = r99", "line 3: 'r1 = r99' is not an instruction" },
        { ".slot m 0 p", "line 1: '.slot m 0 p' fills no slot" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_line(string text, string expected)
    {
        ObjectFormatException refusal = Assert.Throws<ObjectFormatException>(() => ObjectAssembler.Assemble(text));

        Assert.StartsWith(expected, refusal.Findings[0].ToString(), StringComparison.Ordinal);
    }
}
