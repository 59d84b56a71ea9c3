using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Linux.Tests.Introspection;

public sealed class InventoryTests
{
    [Fact]
    public void Programs_maps_and_links_are_listed_with_their_owner() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, 2));
        KernelProgram program = loaded.Program("probe");
        Network.AddVeth("a", "b");
        using KernelLink link = box.Attach(program, new Xdp("a", XdpMode.Generic));
        ProgramInfo info = KernelInventory.Programs().Single(p => p.Id == program.Info.Id);
        Assert.Equal("probe", info.Name);
        Assert.Equal(ProgramType.Xdp, info.Type);
        Assert.Equal(16, info.Tag.Length);
        Assert.InRange(info.LoadedAt, DateTimeOffset.Now.AddMinutes(-5), DateTimeOffset.Now.AddMinutes(1));
        MapInfo map = KernelInventory.Maps().Single(m => m.Id == info.MapIds.Single());
        Assert.Equal(("hits", MapType.Array, 4, 8, 1u), (map.Name, map.Type, map.KeySize, map.ValueSize, map.MaxEntries));
        Assert.True(map.MemoryBytes > 0);
        Assert.False(map.IsFrozen);
        LinkInfo listed = KernelInventory.Links().Single(l => l.Id == link.Info!.Id);
        Assert.Equal(info.Id, listed.ProgramId);
        ObjectOwners owners = ObjectOwners.Read();
        Assert.Equal(Environment.ProcessId, owners.Of(KernelObjectKind.Program, info.Id).Single().ProcessId);
        Assert.Equal(Environment.ProcessId, owners.Of(KernelObjectKind.Map, map.Id).Single().ProcessId);
        Assert.Equal(Environment.ProcessId, owners.Of(KernelObjectKind.Link, listed.Id).Single().ProcessId);
    });

    [Fact]
    public void Statistics_count_runs_only_while_they_are_on() => Sandboxed.Run(box =>
    {
        KernelProgram program = box.Load(TestPrograms.Counting(ProgramType.Xdp, 2)).Program("probe");
        Network.AddVeth("a", "b");
        using KernelLink link = box.Attach(program, new Xdp("a", XdpMode.Generic));
        using (KernelStatistics.Enable())
        {
            Network.SendFrame("b", Network.Frame(), 7);
            Assert.Equal(7ul, program.Info.RunCount);
            Assert.True(program.Info.RunTime > TimeSpan.Zero);
        }

        Assert.Equal(program.Info.RunCount, program.Info.RunCount);
    });

    [Fact]
    public void A_programs_code_is_read_back_with_its_lines() => Sandboxed.Run(box =>
    {
        BpfObject source = BpfObject.Read(Path.Combine(TestPaths.Repository, "samples/c/firewall.o"));
        KernelObject loaded = box.Load(source);
        KernelProgram program = (KernelProgram)loaded.Programs.Values.First();
        ProgramCode code = program.ReadCode();
        Assert.NotEmpty(code.Translated);
        Assert.Equal(program.Info.TranslatedBytes, code.Translated.Length * 8);
        Assert.Equal(Op.Exit, code.Translated[^1].Op);
        Assert.Contains(code.Lines, l => l.Source.File.EndsWith("firewall.c", StringComparison.Ordinal) && l.Source.Text!.Length > 0);
        Assert.Equal(program.Name, code.Functions[0].Name);
        if (program.Info.MachineBytes > 0)
        {
            Assert.Equal(program.Info.MachineBytes, code.Machine.Sum(m => m.Code.Length));
            Assert.NotEmpty(code.MachineLines);
        }
    });

    [Fact]
    public void Things_are_opened_again_by_id_pin_and_descriptor() => Sandboxed.Run(box =>
    {
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, 2));
        KernelProgram program = loaded.Program("probe");
        KernelMap map = (KernelMap)loaded.Map("hits");
        using KernelProgram byId = KernelProgram.OpenById(program.Info.Id);
        Assert.Equal(2ul, byId.Run(new RunInput { Packet = Network.Frame() }).ReturnValue);
        using KernelMap mapById = KernelMap.OpenById(map.Info.Id);
        using KernelMap mapByDescriptor = KernelMap.OpenDescriptor(map.FileDescriptor);
        program.Pin(Path.Combine(SandboxScope.BpfDirectory, "program"));
        map.Pin(Path.Combine(SandboxScope.BpfDirectory, "map"));
        using KernelProgram byPin = KernelProgram.OpenPinned(Path.Combine(SandboxScope.BpfDirectory, "program"));
        using KernelMap mapByPin = KernelMap.OpenPinned(Path.Combine(SandboxScope.BpfDirectory, "map"));
        foreach (KernelMap one in (KernelMap[])[mapById, mapByDescriptor, mapByPin])
        {
            byte[] value = new byte[8];
            Assert.Equal(0, one.Lookup(new byte[4], value));
            Assert.Equal(1, value[0]);
        }

        Assert.Equal(program.Info.Id, byPin.Info.Id);
        Assert.Equal("ENOENT", Assert.Throws<KernelException>(() => KernelMap.OpenPinned("/sys/fs/bpf/nosuch")).ErrorName);
        Assert.Equal("ENOENT", Assert.Throws<KernelException>(() => KernelMap.OpenById(uint.MaxValue - 1)).ErrorName);
        Assert.Throws<KernelException>(() => KernelMap.OpenDescriptor(program.FileDescriptor));
    });

    [Fact]
    public void The_kernels_types_are_in_the_list() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 11), "the kernel's own types have an id since Linux 5.11");
        TypesInfo kernel = KernelInventory.Types().First();
        Assert.Equal("vmlinux", kernel.Name);
        Assert.True(kernel.IsKernel);
        Assert.True(kernel.Bytes > 100_000);
    });
}
