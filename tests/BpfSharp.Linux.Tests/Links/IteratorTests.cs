using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Links;

public sealed class IteratorTests
{
    /// <summary>Writes a line for each object: the pointer after the iterator's own is null when there are no more.</summary>
    private const string LinePerObject = """
        r6 = r1
        r7 = *(u64 *)(r6 +8)
        if r7 == 0 goto out
        *(u16 *)(r10 -8) = 0x0a78
        r1 = *(u64 *)(r6 +0)
        r1 = *(u64 *)(r1 +0)
        r2 = r10
        r2 += -8
        r3 = 2
        call 127
        out:
        r0 = 0
        exit
        """;

    [Theory]
    [InlineData("task")]
    [InlineData("task_file")]
    [InlineData("task_vma")]
    [InlineData("tcp")]
    [InlineData("udp")]
    [InlineData("unix")]
    [InlineData("netlink")]
    [InlineData("bpf_map")]
    [InlineData("bpf_prog")]
    [InlineData("bpf_link")]
    [InlineData("ksym")]
    [InlineData("cgroup")]
    [InlineData("ipv6_route")]
    [InlineData("kmem_cache")]
    public void Goes_over_every_object(string target) => Sandboxed.Run(box =>
    {
        KernelObject loaded = Load(box, target);
        using Socket tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcp.Listen();
        using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket unix = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        using BpfHandle netlink = BpfHandle.Of(Libc.Socket(16, 3, 0));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Iterator { CgroupOrder = target == "cgroup" ? 2 : 0 });
        Assert.Equal(LinkKind.Iterator, link.Info!.Kind);
        Assert.All(link.ReadLines(), line => Assert.Equal("x", line));
        Assert.NotEmpty(link.ReadLines());
    }, [target]);

    [Fact]
    public void Goes_over_a_maps_elements() => Sandboxed.Run(box =>
    {
        KernelObject loaded = Load(box, "bpf_map_elem", new MapSpec { Name = "table", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16 });
        KernelMap table = (KernelMap)loaded.Map("table");
        byte[] key = new byte[4];
        for (int i = 0; i < 7; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(key, i);
            Assert.Equal(0, table.Update(key, new byte[8]));
        }

        using KernelLink link = box.Attach(loaded.Program("probe"), new Iterator { Map = table });
        // The call after the last element has the map but no key; the program tells by the map alone.
        Assert.InRange(link.ReadLines().Count(), 7, 8);
    });

    [Fact]
    public void Only_the_threads_of_a_process() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 1), "task iterators of one process need Linux 6.1");
        KernelObject loaded = Load(box, "task");
        using KernelLink link = box.Attach(loaded.Program("probe"), new Iterator { ThreadId = Environment.ProcessId });
        Assert.Single(link.ReadLines());
    });

    [Fact]
    public void A_pinned_iterator_is_a_file_anyone_reads() => Sandboxed.Run(box =>
    {
        KernelObject loaded = Load(box, "bpf_map");
        string path = Path.Combine(SandboxScope.BpfDirectory, "maps");
        using KernelLink link = box.Attach(loaded.Program("probe"), new Iterator());
        link.Pin(path);
        Assert.Contains("x\n", File.ReadAllText(path), StringComparison.Ordinal);
        File.Delete(path);
    });

    [Fact]
    public void Streams_give_bytes_in_small_reads() => Sandboxed.Run(box =>
    {
        KernelObject loaded = Load(box, "bpf_map");
        using KernelLink link = box.Attach(loaded.Program("probe"), new Iterator());
        using Stream stream = link.OpenStream();
        Assert.Equal('x', stream.ReadByte());
        Assert.Equal('\n', stream.ReadByte());
    });

    [Fact]
    public void A_link_that_is_no_iterator_is_refused() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");
        KernelObject loaded = box.Load(TestPrograms.Counting(ProgramType.Xdp, 2));
        using KernelLink link = box.Attach(loaded.Program("probe"), new Xdp("a", XdpMode.Generic));
        Assert.Equal("EINVAL", Assert.Throws<KernelException>(() => link.OpenStream()).ErrorName);
    });

    private static KernelObject Load(SandboxScope box, string target, MapSpec? map = null)
    {
        BpfObject source = new() { License = "GPL" };
        source.WithHits();
        if (map is not null)
        {
            source.With(map);
        }

        source.With("probe", ProgramType.Tracing, LinePerObject, AttachType.TraceIter, target);
        try
        {
            return box.Load(source);
        }
        catch (KernelException e) when (e.Findings[0].Id == "BPF5005")
        {
            Assert.Skip(string.Create(CultureInfo.InvariantCulture, $"this kernel has no iterator {target}"));
            throw;
        }
    }
}
