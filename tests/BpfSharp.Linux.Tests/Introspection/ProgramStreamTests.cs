using System.Text;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Linux.Types;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Introspection;

/// <summary>What a program writes to its own streams.</summary>
public sealed class ProgramStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_programs_streams_are_read_each_by_itself(int stream) => Sandboxed.Run(box =>
    {
        string? print = ((string[])["bpf_stream_vprintk", "bpf_stream_vprintk_impl"])
            .FirstOrDefault(name => KernelTypes.Kernel?.Find(name, Btf.BtfKind.Function) > 0);
        Assert.SkipWhen(print is null, "program streams need Linux 6.17");
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec
        {
            Name = "text",
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = 16,
            MaxEntries = 1,
            Role = MapRole.ReadOnlyData,
            Flags = MapFlags.ReadOnlyProgram,
            InitialData = [.. "value %d\n"u8, 0, 0, 0, 0, 0, 0, 0],
        });
        source.Externs.Add(new ExternSpec(print!, ExternKind.Kfunc, IsWeak: false, 0));
        source.With("probe", ProgramType.Syscall, $"""
            *(u64 *)(r10 -8) = 42
            r1 = {stream}
            r2 = map[text][0]+0
            r3 = r10
            r3 += -8
            r4 = 8
            r5 = 0
            call kfunc[{print}]
            exit
            """, flags: ProgramFlags.Sleepable);
        KernelObject loaded = box.Load(source);
        byte[] buffer = new byte[100];
        Assert.Equal(0, loaded.Program("probe").ReadStream(stream, buffer));
        RunResult result = loaded.Program("probe").Run(new RunInput());
        Assert.SkipWhen((int)result.ReturnValue == -12, "the kernel has no memory for the stream (ENOMEM)");
        Assert.Equal(0, (int)result.ReturnValue);
        Assert.Equal(0, loaded.Program("probe").ReadStream(3 - stream, buffer));
        int read = loaded.Program("probe").ReadStream(stream, buffer.AsSpan(0, 5));
        read += loaded.Program("probe").ReadStream(stream, buffer.AsSpan(read));
        Assert.Equal("value 42\n", Encoding.UTF8.GetString(buffer, 0, read));
        Assert.Equal(0, loaded.Program("probe").ReadStream(stream, buffer));
    }, [stream]);

    [Fact]
    public void Without_streams_the_kernel_is_named_as_the_reason() => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(KernelVersion.Current.AtLeast(6, 17), "this kernel has program streams");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").ReadStream(1, new byte[10]));
        Assert.Equal(("BPF_PROG_STREAM_READ_BY_FD", "EINVAL"), (error.Command, error.ErrorName));
        Assert.Contains("6.17", error.Findings[0].Suggestion ?? "", StringComparison.Ordinal);
    });
}
