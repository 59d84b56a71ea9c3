using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Symbols;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Links;

public sealed class UprobeTests
{
    private const string Libc = "libc.so.6";

    [Theory]
    [InlineData(false, ProgramFlags.None)]
    [InlineData(true, ProgramFlags.None)]
    [InlineData(false, ProgramFlags.Sleepable)]
    public void Entry_return_and_sleepable(bool isReturn, ProgramFlags flags) => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(flags == ProgramFlags.Sleepable && !KernelVersion.Current.AtLeast(6, 0), "sleepable uprobes need Linux 6.0");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, flags: flags));
        CountsFiveCalls(box, loaded, new Uprobe(Libc, "labs", isReturn, ProcessId: 0), 5);
    }, [isReturn, flags]);

    [Fact]
    public void The_argument_is_in_the_registers() => Sandboxed.Run(box =>
    {
        // pt_regs.di (x86-64) is at byte 112.
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, extra: """
            r1 = *(u64 *)(r6 +112)
            if r1 != 3 goto out
            """));
        CountsFiveCalls(box, loaded, new Uprobe(Libc, "labs", ProcessId: 0), 1);
    });

    [Fact]
    public void Cookie() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 15), "cookies need Linux 5.15");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, extra: """
            r1 = r6
            call 174
            if r0 != 31 goto out
            """));
        CountsFiveCalls(box, loaded, new Uprobe(Libc, "labs", ProcessId: 0, Cookie: 31), 5);
    });

    [Fact]
    public void By_offset_in_the_file_and_for_all_processes() => Sandboxed.Run(box =>
    {
        string path = LibraryPath.Find(Libc)!;
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe));
        CountsFiveCalls(box, loaded, new Uprobe(path, Offset: ElfSymbols.FileOffset(path, "labs")), 5);
    });

    [Fact]
    public void Another_process_is_not_seen() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Uprobe(Libc, "labs", ProcessId: Native.GetParentProcessId()));
        Call();
        Assert.Equal(0ul, SandboxScope.Hits(loaded));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Multi(bool isReturn) => Sandboxed.Run(box =>
    {
        SkipWithoutMulti();
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, AttachType.TraceUprobeMulti));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new UprobeMulti(Libc) { Functions = ["labs", "abs"], IsReturn = isReturn, ProcessId = 0 }))
        {
            Assert.Equal(LinkKind.UprobeMulti, link.Info!.Kind);
            Call();
            _ = Native.Abs(-1);
            Assert.Equal(6ul, SandboxScope.Hits(loaded));
        }

        Call();
        Assert.Equal(6ul, SandboxScope.Hits(loaded));
    }, [isReturn]);

    [Fact]
    public void Multi_by_pattern_with_cookies_from_offsets() => Sandboxed.Run(box =>
    {
        SkipWithoutMulti();
        string path = LibraryPath.Find(Libc)!;
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, AttachType.TraceUprobeMulti, extra: """
            r1 = r6
            call 174
            if r0 != 8 goto out
            """));
        using KernelLink link = box.Attach(loaded.Program("probe"), new UprobeMulti(path)
        {
            Functions = ["labs"],
            Offsets = [ElfSymbols.FileOffset(path, "abs")],
            Cookies = [8, 9],
            ProcessId = 0,
        });
        Call();
        _ = Native.Abs(-1);
        Assert.Equal(5ul, SandboxScope.Hits(loaded));
        Assert.Contains(ElfSymbols.FileOffset(path, "labs"), ElfSymbols.FileOffsetsMatching(path, "lab?"));
    });

    [Fact]
    public void Session_runs_at_entry_and_return() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 13), "uprobe sessions need Linux 6.13");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, AttachType.TraceUprobeSession));
        using KernelLink link = box.Attach(loaded.Program("probe"), new UprobeMulti(Libc) { Functions = ["labs"], ProcessId = 0 });
        Call();
        Assert.Equal(10ul, SandboxScope.Hits(loaded));
    });

    [Fact]
    public void An_unknown_function_is_refused_with_similar_ones() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Kprobe));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Uprobe(Libc, "getppi")));
        Assert.Contains("it has: getppid", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Uprobe("/nosuch.so", "f")));
        Assert.Contains("no file /nosuch.so", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Uprobe("/proc/self/comm", "f")));
        Assert.Equal("BPF5024", error.Findings[0].Id);
    });

    private static void SkipWithoutMulti() => Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 6), "uprobe.multi needs Linux 6.6");

    private static void Call()
    {
        for (nint i = 0; i < 5; i++)
        {
            Assert.Equal(i, Native.LongAbs(-i));
        }
    }

    private static void CountsFiveCalls(SandboxScope box, KernelObject loaded, KernelAttachPoint point, ulong expected)
    {
        using (KernelLink link = box.Attach(loaded.Program("probe"), point))
        {
            for (nint i = 0; i < 5; i++)
            {
                _ = Native.LongAbs(i);
            }

            Assert.Equal(expected, SandboxScope.Hits(loaded));
        }

        Call();
        Assert.Equal(expected, SandboxScope.Hits(loaded));
    }
}
