using BpfSharp.Hooks;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Tests.Sandbox;

namespace BpfSharp.Linux.Tests.Links;

public sealed class TracingTests
{
    private const string GetParent = "__x64_sys_getppid";
    // The call's number (x86-64) is the second argument of sys_enter.
    private const string OnlyGetParent = """
        r1 = *(u64 *)(r6 +8)
        if r1 != 110 goto out
        """;

    [Fact]
    public void Raw_tracepoint() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.RawTracepoint, extra: OnlyGetParent));
        CountsFiveCalls(box, loaded, new RawTracepoint("sys_enter"), LinkKind.RawTracepoint);
    });

    [Fact]
    public void Raw_tracepoint_that_may_write() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.RawTracepointWritable, extra: OnlyGetParent));
        CountsFiveCalls(box, loaded, new RawTracepoint("sys_enter"), LinkKind.RawTracepoint);
    });

    [Fact]
    public void Raw_tracepoint_cookie() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 10), "cookies of raw tracepoints need Linux 6.10");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.RawTracepoint, extra: OnlyGetParent + """

            r1 = r6
            call 174
            if r0 != 0x1234 goto out
            """));
        CountsFiveCalls(box, loaded, new RawTracepoint("sys_enter", 0x1234), LinkKind.RawTracepoint);
    });

    [Fact]
    public void A_raw_tracepoint_that_does_not_exist_is_refused() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.RawTracepoint));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new RawTracepoint("nosuch")));
        Assert.Equal("ENOENT", error.ErrorName);
    });

    [Fact]
    public void Btf_tracepoint() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracing, AttachType.TraceRawTp, "sys_enter", OnlyGetParent));
        CountsFiveCalls(box, loaded, new LoadTarget(), LinkKind.RawTracepoint);
    });

    [Fact]
    public void Btf_tracepoint_cookie() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 10), "cookies of tp_btf need Linux 6.10");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracing, AttachType.TraceRawTp, "sys_enter", OnlyGetParent + """

            r1 = r6
            call 174
            if r0 != 77 goto out
            """));
        CountsFiveCalls(box, loaded, new LoadTarget(77), LinkKind.RawTracepoint);
    });

    [Fact]
    public void An_unknown_btf_tracepoint_is_refused_before_load() => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() =>
            box.Load(TestPrograms.Counting(ProgramType.Tracing, hook: AttachType.TraceRawTp, target: "nosuch")));
        Assert.Equal("BPF5005", error.Findings[0].Id);
        Assert.Contains("no tracepoint 'nosuch'", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Classic_tracepoint() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracepoint));
        CountsFiveCalls(box, loaded, new Tracepoint("syscalls", "sys_enter_getppid"), LinkKind.PerfEvent);
    });

    [Fact]
    public void Classic_tracepoint_cookie() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 15), "cookies need Linux 5.15");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracepoint, extra: """
            r1 = r6
            call 174
            if r0 != 99 goto out
            """));
        CountsFiveCalls(box, loaded, new Tracepoint("syscalls", "sys_exit_getppid", 99), LinkKind.PerfEvent);
    });

    [Fact]
    public void An_unknown_tracepoint_is_refused_with_its_group() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Tracepoint));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Tracepoint("sched", "nosuch")));
        Assert.Contains("group sched has", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Tracepoint("nosuch", "nosuch")));
        Assert.Contains("no group nosuch", error.Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kprobe_and_kretprobe(bool isReturn) => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe));
        SkipWithoutKprobes();
        CountsFiveCalls(box, loaded, new Kprobe(GetParent, isReturn), LinkKind.PerfEvent);
    }, [isReturn]);

    [Fact]
    public void Kprobe_cookie() => Sandboxed.Run(box =>
    {
        SkipWithoutKprobes();
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 15), "cookies need Linux 5.15");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, extra: """
            r1 = r6
            call 174
            if r0 != 5 goto out
            """));
        CountsFiveCalls(box, loaded, new Kprobe(GetParent, Cookie: 5), LinkKind.PerfEvent);
    });

    [Fact]
    public void Without_kprobes_the_kernel_is_named_as_the_reason() => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(HasKprobes, "this kernel has kprobes");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Kprobe));
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("probe").Attach(new Kprobe(GetParent)));
        Assert.Contains("no kprobes", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() =>
            box.Load(TestPrograms.Counting(ProgramType.Kprobe, hook: AttachType.TraceKprobeMulti)).Program("probe")
                .Attach(new KprobeMulti { Functions = [GetParent] }));
        Assert.Contains("fprobe", error.Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kprobe_multi(bool isReturn) => Sandboxed.Run(box =>
    {
        SkipWithoutKprobes();
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, AttachType.TraceKprobeMulti));
        SkipIfUnsupported(() => CountsFiveCalls(box, loaded, new KprobeMulti { Functions = [GetParent], IsReturn = isReturn }, LinkKind.KprobeMulti));
    }, [isReturn]);

    [Fact]
    public void Kprobe_multi_by_pattern_with_a_session() => Sandboxed.Run(box =>
    {
        SkipWithoutKprobes();
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 10), "kprobe sessions need Linux 6.10");
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Kprobe, AttachType.TraceKprobeSession));
        SkipIfUnsupported(() =>
        {
            using KernelLink link = box.Attach(loaded.Program("probe"), new KprobeMulti { Pattern = "__x64_sys_getpp*" });
            CallFiveTimes();
            Assert.Equal(10ul, SandboxScope.Hits(loaded));
        });
    });

    [Theory]
    [InlineData(AttachType.TraceFentry)]
    [InlineData(AttachType.TraceFexit)]
    public void Fentry_and_fexit(AttachType hook) => Sandboxed.Run(box =>
    {
        // A test run of such a program calls the kernel's own test functions once.
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracing, hook, "bpf_fentry_test1"));
        using (KernelLink link = box.Attach(loaded.Program("probe"), new LoadTarget()))
        {
            Assert.Equal(LinkKind.Tracing, link.Info!.Kind);
            Assert.Equal(hook, link.Info.AttachType);
            _ = loaded.Program("probe").Run(new Hosting.RunInput());
            Assert.Equal(1ul, SandboxScope.Hits(loaded));
        }

        _ = loaded.Program("probe").Run(new Hosting.RunInput());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    }, [hook]);

    [Fact]
    public void Fmod_ret() => Sandboxed.Run(box =>
    {
        KernelObject loaded;
        try
        {
            loaded = box.Load(TestPrograms.Counting(ProgramType.Tracing, 0, AttachType.ModifyReturn, "bpf_modify_return_test"));
        }
        catch (Diagnostics.ProgramRejectedException e) when (e.Log?.Contains("is not modifiable", StringComparison.Ordinal) == true)
        {
            // Without CONFIG_FUNCTION_ERROR_INJECTION the security hooks alone can be modified.
            loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Tracing, AttachType.ModifyReturn, "security_file_open"));
        }

        using KernelLink link = box.Attach(loaded.Program("probe"), new LoadTarget());
        Assert.Equal(LinkKind.Tracing, link.Info!.Kind);
        _ = loaded.Program("probe").Run(new Hosting.RunInput());
        _ = File.ReadAllText("/proc/self/comm");
        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    [Fact]
    public void Security_hook() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.CountingOwn(ProgramType.Lsm, AttachType.LsmMac, "file_open"));
        string lsm = File.Exists("/sys/kernel/security/lsm") ? File.ReadAllText("/sys/kernel/security/lsm") : "bpf";
        Assert.SkipUnless(lsm.Contains("bpf", StringComparison.Ordinal), "bpf is not among the active security modules (lsm=…,bpf)");
        using KernelLink link = box.Attach(loaded.Program("probe"), new LoadTarget());
        _ = File.ReadAllText("/proc/self/comm");
        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    [Theory]
    [InlineData(ProgramType.Tracing, AttachType.TraceFentry, "nosuch_function")]
    [InlineData(ProgramType.Lsm, AttachType.LsmMac, "nosuch_hook")]
    public void Unknown_targets_are_refused_by_name(ProgramType type, AttachType hook, string target) => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => box.Load(TestPrograms.Counting(type, 0, hook, target)));
        Assert.Equal("BPF5005", error.Findings[0].Id);
        Assert.Contains(target, error.Message, StringComparison.Ordinal);
    }, [type, hook, target]);

    [Fact]
    public void Perf_clock_samples_a_cpu() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.PerfEvent));
        using KernelLink link = box.Attach(loaded.Program("probe"), new PerfEvent { Kind = PerfEventKind.Software, ProcessId = 0, Frequency = 500 });
        long started = Environment.TickCount64;
        while (SandboxScope.Hits(loaded) == 0 && Environment.TickCount64 - started < 10_000)
        {
            Thread.SpinWait(100_000);
        }

        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    [Fact]
    public void Perf_page_faults_of_this_thread() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.PerfEvent));
        using KernelLink link = box.Attach(loaded.Program("probe"), PerfEvent.PageFaults(0));
        byte[] fresh = GC.AllocateUninitializedArray<byte>(16 << 20);
        for (int i = 0; i < fresh.Length; i += 4096)
        {
            fresh[i] = 1;
        }

        Assert.True(SandboxScope.Hits(loaded) > 0);
    });

    [Fact]
    public unsafe void Perf_watchpoint_on_a_variable() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.PerfEvent));
        ulong* watched = stackalloc ulong[1];
        KernelLink link;
        try
        {
            link = box.Attach(loaded.Program("probe"), PerfEvent.Watchpoint(0, (ulong)watched));
        }
        catch (KernelException e) when (e.Command == "perf_event_open")
        {
            Assert.Skip("this machine has no hardware breakpoints: " + e.ErrorName);
            throw;
        }

        using (link)
        {
            for (int i = 0; i < 3; i++)
            {
                Volatile.Write(ref *watched, (ulong)i);
            }

            Assert.Equal(3ul, SandboxScope.Hits(loaded));
        }
    });

    [Fact]
    public void A_hardware_event_that_is_missing_is_refused_with_the_one_that_works() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.PerfEvent));
        try
        {
            box.Attach(loaded.Program("probe"), PerfEvent.Cycles(0, 100)).Dispose();
            Assert.Skip("this machine has hardware counters");
        }
        catch (KernelException error)
        {
            Assert.Contains("CpuClock", error.Message, StringComparison.Ordinal);
        }
    });

    private static bool HasKprobes => File.Exists("/sys/bus/event_source/devices/kprobe/type");

    private static void SkipWithoutKprobes() => Assert.SkipUnless(HasKprobes, "this kernel has no kprobes (CONFIG_KPROBES)");

    private static void SkipIfUnsupported(Action action)
    {
        try
        {
            action();
        }
        catch (KernelException e) when (e.ErrorName is "EOPNOTSUPP" or "EINVAL")
        {
            Assert.Skip("this kernel has no kprobe.multi (CONFIG_FPROBE, Linux 5.18): " + e.ErrorName);
        }
    }

    private static void CallFiveTimes()
    {
        for (int i = 0; i < 5; i++)
        {
            _ = Native.GetParentProcessId();
        }
    }

    private static void CountsFiveCalls(SandboxScope box, KernelObject loaded, KernelAttachPoint point, LinkKind kind)
    {
        CallFiveTimes();
        using (KernelLink link = box.Attach(loaded.Program("probe"), point))
        {
            Assert.True(link.Info is null || link.Info.Kind == kind, $"{link.Info}");
            CallFiveTimes();
            Assert.Equal(5ul, SandboxScope.Hits(loaded));
        }

        CallFiveTimes();
        Assert.Equal(5ul, SandboxScope.Hits(loaded));
    }
}
