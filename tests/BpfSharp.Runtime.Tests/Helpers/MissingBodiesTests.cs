using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Tests.Helpers;

/// <summary>Programs that call what does not run in process are refused by name, unless the call cannot be reached.</summary>
public sealed class MissingBodiesTests
{
    // Helper 97 (skb_ecn_set_ce) exists in the kernel and has no body here; 9999 exists nowhere.
    public static TheoryData<string, string?> Programs => new()
    {
        { "call 97\n exit",                                    "skb_ecn_set_ce#97" },
        { "call 9999\n exit",                                  "9999" },
        { "r0 = 0\n exit\n call 97\n exit",                    null },
        { "r0 = 0\n goto +1\n call 97\n exit",                 null },
        { "r0 = 0\n if r0 == 0 goto +1\n call 97\n exit",      "skb_ecn_set_ce#97" },
        { "call 5\n exit",                                     null },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_missing_helper_is_named_at_load(string text, string? missing)
    {
        BpfObject source = Object(text);
        if (missing is null)
        {
            using LoadedObject loaded = BpfHost.InProcess.Load(source);
            Assert.Null(loaded.Program("p").Run(new RunInput()).Fault);
            return;
        }

        BpfException refused = Assert.Throws<BpfException>(() => BpfHost.InProcess.Load(source));
        Assert.Equal("BPF4208", refused.Findings[0].Id);
        Assert.Equal("p", refused.Findings[0].Program);
        Assert.Contains(missing, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checked_programs_stop_where_the_call_is_reached()
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(Object("call 97\n exit"), new RuntimeOptions { Checking = Checking.Always });
        Assert.Equal("BPF4307", loaded.Program("p").Run(new RunInput()).Fault?.Id);
    }

    private static BpfObject Object(string text)
    {
        BpfObject source = new() { Name = "o", License = "GPL" };
        source.Programs.Add(new ProgramSpec
        {
            Name = "p",
            Type = ProgramType.Syscall,
            Instructions = Assembler.Assemble(text),
            Subprograms = [new Subprogram("p", 0, 0, true)],
        });
        return source;
    }
}
