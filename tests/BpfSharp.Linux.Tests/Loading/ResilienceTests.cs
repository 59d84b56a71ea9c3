using System.Diagnostics;
using System.Globalization;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Tests.Sandbox;

namespace BpfSharp.Linux.Tests.Loading;

/// <summary>What stays when a process is killed: nothing but what was pinned.</summary>
public sealed class ResilienceTests
{
    [Fact]
    public void Killing_the_process_detaches_everything() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 13), "needs links that go with their process");
        if (Sandboxed.IsSecond)
        {
            LoadAttachAndWait(box);
            return;
        }

        Network.AddVeth("a", "b");
        using Process child = Sandboxed.StartSecond();
        string line = child.StandardOutput.ReadLine() ?? "";
        Assert.True(line.Length > 0 && char.IsAsciiDigit(line[0]), line);
        uint[] ids = [.. line.Split(' ').Select(t => uint.Parse(t, CultureInfo.InvariantCulture))];
        foreach (uint id in ids)
        {
            using BpfHandle? open = BpfSyscall.OpenById(BpfCommand.LinkGetFdById, id, out _);
            Assert.NotNull(open);
        }

        child.Kill();
        child.WaitForExit();
        foreach (uint id in ids)
        {
            SandboxScope.WaitUntilGone(BpfCommand.LinkGetFdById, id);
        }

        // The hooks are free again.
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, 1));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        Network.SendFrame("b", Network.Frame());
        Assert.Equal(1ul, SandboxScope.Hits(loaded));
    });

    private static void LoadAttachAndWait(SandboxScope box)
    {
        KernelLink[] links =
        [
            box.Attach(box.Load(TestPrograms.Counting(ProgramType.Xdp, 1)).Program("probe"), new Xdp("a", XdpMode.Generic)),
            box.Attach(box.Load(TestPrograms.CountingOwn(ProgramType.RawTracepoint)).Program("probe"), new RawTracepoint("sys_enter")),
            box.Attach(box.Load(TestPrograms.Counting(ProgramType.SkLookup, 1, AttachType.SkLookup)).Program("probe"), new NetworkNamespace()),
        ];
        Console.WriteLine(string.Join(' ', links.Select(l => l.Info!.Id.ToString(CultureInfo.InvariantCulture))));
        Thread.Sleep(Timeout.Infinite);
    }
}
