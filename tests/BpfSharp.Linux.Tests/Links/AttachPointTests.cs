using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Symbols;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Links;

public sealed class AttachPointTests
{
    public static TheoryData<string, string> Texts { get; } = new()
    {
        { "xdp:veth0", "Xdp { Interface = veth0, Mode = Automatic }" },
        { "xdp:veth0:generic", "Xdp { Interface = veth0, Mode = Generic }" },
        { "xdp:veth0:native", "Xdp { Interface = veth0, Mode = Native }" },
        { "tcx:eth0:ingress", "Tcx { Interface = eth0, Direction = Ingress, Order = , ExpectedRevision = 0 }" },
        { "tc:eth0:egress:7", "TcClassifier { Interface = eth0, Direction = Egress, Priority = 7, Handle = 1 }" },
        { "cgroup:/sys/fs/cgroup/x:y", "CgroupHook { Path = /sys/fs/cgroup/x:y, Order = , Hook =  }" },
        { "tracepoint:sched/sched_switch", "Tracepoint { Category = sched, Name = sched_switch, Cookie = 0 }" },
        { "raw_tp:sys_enter", "RawTracepoint { Name = sys_enter, Cookie = 0 }" },
        { "kprobe:do_exit+0x10", "Kprobe { Function = do_exit, IsReturn = False, Offset = 16, Cookie = 0 }" },
        { "kretprobe:do_exit", "Kprobe { Function = do_exit, IsReturn = True, Offset = 0, Cookie = 0 }" },
        { "uprobe:/lib/x.so:f+4", "Uprobe { Path = /lib/x.so, Function = f, IsReturn = False, Offset = 4, ProcessId = -1, Cookie = 0, CounterOffset = 0 }" },
        { "uretprobe:/lib/x.so:0x1234", "Uprobe { Path = /lib/x.so, Function = , IsReturn = True, Offset = 4660, ProcessId = -1, Cookie = 0, CounterOffset = 0 }" },
        { "usdt:/lib/x.so:provider:name", "Usdt { Path = /lib/x.so, Provider = provider, Name = name, ProcessId = -1, Cookie = 0 }" },
        { "netfilter:output:-5", "Netfilter { Hook = LocalOut, Priority = -5, IsIPv6 = False, Defragment = False }" },
        { "netns", "NetworkNamespace { Path = /proc/thread-self/ns/net }" },
        { "route:10.0.0.0/8:eth0", "LightweightTunnel { Destination = 10.0.0.0, PrefixLength = 8, Interface = eth0 }" },
        { "target", "LoadTarget { Cookie = 0 }" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void What_people_write_is_read(string text, string expected) =>
        Assert.Equal(expected, KernelAttachPoint.Parse(text, new ProgramSpec { Name = "p" }).ToString());

    [Theory]
    [InlineData("xdp", "write xdp:DEVICE")]
    [InlineData("xdp:a:fast", "write xdp:DEVICE")]
    [InlineData("tcx:a:sideways", "write tcx:DEVICE:ingress|egress")]
    [InlineData("nosuch:x", "cgroup:PATH")]
    [InlineData("perf:cpu-clock:fast", "perf:cpu-clock:FREQUENCYhz")]
    [InlineData("", "does not say where to attach")]
    public void What_is_not_understood_is_refused_with_the_forms(string text, string expected)
    {
        KernelException error = Assert.Throws<KernelException>(() => KernelAttachPoint.Parse(text, new ProgramSpec { Name = "p", Section = "xdp" }));
        Assert.Equal("BPF4112", error.Findings[0].Id);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, ProgramType, AttachType?, string, string?> Sections { get; } = new()
    {
        { "tracepoint/sched/sched_switch", ProgramType.Tracepoint, null, "sched/sched_switch", "Tracepoint { Category = sched, Name = sched_switch, Cookie = 0 }" },
        { "raw_tp/sys_enter", ProgramType.RawTracepoint, null, "sys_enter", "RawTracepoint { Name = sys_enter, Cookie = 0 }" },
        { "tp_btf/sys_enter", ProgramType.Tracing, AttachType.TraceRawTp, "sys_enter", "LoadTarget { Cookie = 0 }" },
        { "fentry/f", ProgramType.Tracing, AttachType.TraceFentry, "f", "LoadTarget { Cookie = 0 }" },
        { "lsm/file_open", ProgramType.Lsm, AttachType.LsmMac, "file_open", "LoadTarget { Cookie = 0 }" },
        { "lsm_cgroup/file_open", ProgramType.Lsm, AttachType.LsmCgroup, "file_open", null },
        { "kretprobe/f+8", ProgramType.Kprobe, null, "f+8", "Kprobe { Function = f, IsReturn = True, Offset = 8, Cookie = 0 }" },
        { "ksyscall/getpid", ProgramType.Kprobe, null, "getpid", "Kprobe { Function = __x64_sys_getpid, IsReturn = False, Offset = 0, Cookie = 0 }" },
        { "uprobe.s//bin/x:main", ProgramType.Kprobe, null, "/bin/x:main", "Uprobe { Path = /bin/x, Function = main, IsReturn = False, Offset = 0, ProcessId = -1, Cookie = 0, CounterOffset = 0 }" },
        { "usdt/libc.so.6:libc:setjmp", ProgramType.Kprobe, null, "libc.so.6:libc:setjmp", "Usdt { Path = libc.so.6, Provider = libc, Name = setjmp, ProcessId = -1, Cookie = 0 }" },
        { "xdp", ProgramType.Xdp, AttachType.Xdp, "", null },
        { "kprobe", ProgramType.Kprobe, null, "", null },
    };

    [Theory]
    [MemberData(nameof(Sections))]
    public void Sections_that_name_a_hook_attach_by_themselves(string section, ProgramType type, AttachType? hook, string target, string? expected)
    {
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "names are x86-64's");
        ProgramSpec program = new() { Name = "p", Section = section, Type = type, AttachType = hook, AttachTarget = target };
        Assert.Equal(expected, KernelAttachPoint.FromSpec(program)?.ToString());
    }

    [Theory]
    [InlineData("8@%rdi", "Register, Bytes = 8, IsSigned = False, Value = 0, RegisterOffset = 112")]
    [InlineData("-4@%eax", "Register, Bytes = 4, IsSigned = True, Value = 0, RegisterOffset = 80")]
    [InlineData("1@%r10b", "Register, Bytes = 1, IsSigned = False, Value = 0, RegisterOffset = 56")]
    [InlineData("-4@$-5", "Constant, Bytes = 4, IsSigned = True, Value = -5")]
    [InlineData("4@-16(%rbp)", "Memory, Bytes = 4, IsSigned = False, Value = -16, RegisterOffset = 32")]
    [InlineData("8@(%rsp)", "Memory, Bytes = 8, IsSigned = False, Value = 0, RegisterOffset = 152")]
    [InlineData("8@8(%rax,%rbx,4)", "IndexedMemory, Bytes = 8, IsSigned = False, Value = 8, RegisterOffset = 80, IndexOffset = 40, ScaleShift = 2")]
    public void Usdt_arguments_are_read(string text, string expected) =>
        Assert.Contains(expected, UsdtArgument.ReadAll(text).Single().ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("3@%rdi")]
    [InlineData("8%rdi")]
    [InlineData("8@%xyz")]
    [InlineData("8@rdi")]
    [InlineData("8@$x")]
    public void Usdt_arguments_that_make_no_sense_are_refused(string text) => Assert.Throws<FormatException>(() => UsdtArgument.ReadAll(text));
}
