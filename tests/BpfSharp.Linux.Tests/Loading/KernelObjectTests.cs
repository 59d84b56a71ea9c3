using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Symbols;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Linux.Tests.Loading;

/// <summary>Objects built by clang, doing what needs more than one program: what they find in this kernel, and each other.</summary>
public sealed class KernelObjectTests
{
    private const int TcpCongestion = 13;

    [Fact]
    public void Options_symbols_types_and_constants_are_the_running_kernels() => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(KernelConfig.Current is null, "this kernel's configuration is nowhere to be read");
        BpfObject source = Read("externs");
        source.SetGlobal("chosen", 4711u);
        KernelObject loaded = box.Load(source);
        _ = loaded.Program("ask").Run(new RunInput());
        Assert.Equal((ulong)KernelVersion.Current.Code, Global(loaded, source, "version"));
        Assert.Equal(1ul, Global(loaded, source, "option"));
        Assert.Equal(0ul, Global(loaded, source, "absent"));
        Assert.Equal(0ul, Global(loaded, source, "flavour"));
        Assert.Equal(4711ul, Global(loaded, source, "copied"));
        Assert.Equal((ulong)Environment.ProcessId, Global(loaded, source, "tgid"));
        Assert.Equal(0ul, Global(loaded, source, "missing"));
        Assert.True(KernelSymbols.Current.TryFind("bpf_prog_put", out KernelSymbols.Symbol symbol));
        Assert.Equal(symbol.Address, Global(loaded, source, "address"));
        Assert.Equal("bpf_prog_put", KernelSymbols.Current.At(symbol.Address + 1, out ulong offset)!.Value.Name);
        Assert.Equal(1ul, offset);
    });

    [Fact]
    public void Constants_are_frozen_and_variables_are_live() => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(KernelConfig.Current is null, "this kernel's configuration is nowhere to be read");
        BpfObject source = Read("externs");
        KernelObject loaded = box.Load(source);
        KernelMap constants = (KernelMap)loaded.Map(".rodata");
        Assert.True(constants.Info.IsFrozen);
        Assert.Equal(-Errno.Eperm, constants.Update(new byte[4], new byte[constants.ValueBytes]));
        using MapMemory memory = loaded.Map(".bss").OpenMemory();
        GlobalVariable version = source.Global("version");
        _ = loaded.Program("ask").Run(new RunInput());
        Assert.Equal((uint)KernelVersion.Current.Code, memory.At<uint>(version.ByteOffset));
    });

    [Fact]
    public void Usdt_arguments_reach_the_program() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 15), "USDT needs attach cookies (Linux 5.15)");
        string target = Target();
        IReadOnlyList<UsdtNote> notes = UsdtNote.ReadAll(target);
        Assert.Equal(["tick", "guarded"], notes.Select(n => n.Name));
        Assert.True(notes[1].CounterOffset > 0);
        KernelObject loaded = box.Load(Read("usdt"));
        using Process process = Start(target);
        using (box.Attach(loaded.Program("tick"), new Usdt(target, "bpfsharp", "tick", process.Id, Cookie: 0xabc)))
        {
            Fire(process);
            Fire(process);
            Assert.Equal([101ul, 42ul, unchecked((ulong)-7L), 0xabcul, 2ul], Seen(loaded));
        }

        Fire(process);
        Assert.Equal(2ul, Seen(loaded)[4]);
        End(process);
    });

    [Fact]
    public void A_guarded_usdt_fires_only_while_attached() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(5, 15), "USDT needs attach cookies (Linux 5.15)");
        string target = Target();
        KernelObject loaded = box.Load(Read("usdt"));
        using Process process = Start(target);
        using (box.Attach(loaded.Program("tick"), new Usdt(target, "bpfsharp", "guarded")))
        {
            Fire(process);
            Assert.Equal(100ul, Seen(loaded)[0]);
            Assert.Equal(1ul, Seen(loaded)[4]);
        }

        End(process);
        KernelException error = Assert.Throws<KernelException>(() => loaded.Program("tick").Attach(new Usdt(target, "bpfsharp", "nosuch")));
        Assert.Contains("it has: bpfsharp:tick, bpfsharp:guarded", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_program_drains_what_user_space_writes() => Sandboxed.Run(box =>
    {
        Assert.SkipUnless(KernelVersion.Current.AtLeast(6, 1), "user ring buffers need Linux 6.1");
        BpfObject source = Read("user_ring");
        KernelObject loaded = box.Load(source);
        using RecordWriter writer = loaded.Map("input").OpenWriter();
        ulong sum = 0;
        for (ulong round = 0; round < 100; round++)
        {
            for (ulong i = 0; i < 50; i++)
            {
                Assert.True(writer.TryWrite(i * round));
                sum += i * round;
            }

            Assert.True(writer.TryReserve(8, out RecordReservation discarded));
            discarded.Dispose();
            _ = loaded.Program("drain").Run(new RunInput());
        }

        Assert.Equal(5000ul, Global(loaded, source, "records"));
        Assert.Equal(sum, Global(loaded, source, "total"));
    });

    [Fact]
    public void A_function_of_a_program_is_replaced_and_put_back() => Sandboxed.Run(box =>
    {
        KernelObject target = box.Load(Read("replaceable"));
        Assert.Equal(2ul, target.Program("run").Run(Network.Frame()).ReturnValue);
        KernelLoadOptions options = new();
        options.AttachPrograms["new_answer"] = target.Program("run");
        KernelObject replacement = box.Load(Read("replacement"), options);
        using (box.Attach(replacement.Program("new_answer"), new LoadTarget()))
        {
            Assert.Equal(42ul, target.Program("run").Run(Network.Frame()).ReturnValue);
        }

        Assert.Equal(2ul, target.Program("run").Run(Network.Frame()).ReturnValue);
    });

    [Fact]
    public void A_replacement_without_its_target_is_refused() => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => box.Load(Read("replacement")));
        Assert.Contains("AttachPrograms", error.Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("steady", "bpfsharp_cc")]
    [InlineData("linked", "bpfsharp_link")]
    public void A_congestion_control_is_registered_used_and_removed(string structure, string name) => Sandboxed.Run(box =>
    {
        Assert.SkipWhen(structure == "linked" && !KernelVersion.Current.AtLeast(6, 4), "links of kernel structures need Linux 6.4");
        BpfObject source = Read("congestion");
        source.Map(structure == "steady" ? "linked" : "steady").AutoCreate = false;
        KernelObject loaded = box.Load(source);
        using (KernelLink link = loaded.AttachStructure(structure))
        {
            Assert.Equal(structure == "linked", link.IsBpfLink);
            Transfer(name);
            Assert.True(Global(loaded, source, "inits") > 0);
            Assert.True(Global(loaded, source, "acks") > 0);
        }

        Assert.Throws<SocketException>(() => Transfer(name));
    }, [structure, name]);

    [Fact]
    public void A_pinned_map_is_shared_and_its_shape_checked() => Sandboxed.Run(box =>
    {
        KernelLoadOptions options = new() { PinDirectory = SandboxScope.BpfDirectory };
        KernelObject first = box.Load(Pinned(8), options);
        byte[] value = new byte[8];
        value[0] = 42;
        Assert.Equal(0, first.Map("shared").Update(new byte[4], value));
        first.Dispose();
        KernelObject second = box.Load(Pinned(8), options);
        Assert.Equal(0, second.Map("shared").Lookup(new byte[4], value));
        Assert.Equal(42, value[0]);
        KernelException error = Assert.Throws<KernelException>(() => box.Load(Pinned(16), options));
        Assert.Equal("BPF5008", error.Findings[0].Id);
        Assert.Contains("value size 8 instead of 16", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Pinning_where_no_bpf_file_system_is_tells_so() => Sandboxed.Run(box =>
    {
        KernelException error = Assert.Throws<KernelException>(() => box.Load(Pinned(8), new KernelLoadOptions { PinDirectory = "/tmp" }));
        Assert.Contains("no bpf file system", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KernelException>(() => box.Load(Pinned(8), new KernelLoadOptions { PinDirectory = "/sys/fs/bpf/nosuch" }));
        Assert.Contains("create the directory", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Maps_made_before_serve_the_object() => Sandboxed.Run(box =>
    {
        KernelObject first = box.Load(TestPrograms.Counting(Hooks.ProgramType.Xdp, 2));
        KernelLoadOptions options = new();
        options.ExistingMaps["hits"] = first.Map("hits");
        KernelObject second = box.Load(TestPrograms.Counting(Hooks.ProgramType.Xdp, 2), options);
        _ = second.Program("probe").Run(Network.Frame());
        Assert.Equal(1ul, SandboxScope.Hits(first));
    });

    [Fact]
    public void A_load_that_fails_in_the_middle_leaves_nothing() => Sandboxed.Run(box =>
    {
        BpfObject source = new BpfObject { License = "GPL" }.WithHits();
        for (int i = 0; i < 10; i++)
        {
            source.With(new MapSpec { Name = $"map{i}", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16 });
        }

        for (int i = 0; i < 30; i++)
        {
            source.With($"program{i}", Hooks.ProgramType.Xdp, i == 17 ? "exit" : "r0 = 2\nexit");
        }

        source.Maps.Add(new MapSpec { Name = "pinned", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, Pinning = 1 });
        // The first refusal loads assemblies, which keep their files open.
        Assert.Throws<ProgramRejectedException>(() => box.Load(source));
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int round = 0; round < 5; round++)
        {
            ProgramRejectedException error = Assert.Throws<ProgramRejectedException>(() => box.Load(source));
            Assert.Equal("program17", error.Program);
            Assert.Contains("R0 !read_ok", error.Log, StringComparison.Ordinal);
        }

        Assert.Equal(before, Directory.GetFiles("/proc/self/fd").Length);
        Assert.False(File.Exists("/sys/fs/bpf/pinned"));
    });

    [Fact]
    public void Programs_that_are_not_wanted_are_left_out() => Sandboxed.Run(box =>
    {
        BpfObject source = new BpfObject { License = "GPL" }.WithHits()
            .With("good", Hooks.ProgramType.Xdp, "r0 = 2\nexit").With("bad", Hooks.ProgramType.Xdp, "exit");
        source.Program("bad").AutoLoad = false;
        Assert.Equal(["good"], box.Load(source).Programs.Keys);
    });

    [Fact]
    public void Hundred_loads_leave_no_descriptor() => Sandboxed.Run(box =>
    {
        BpfObject source = BpfObject.Read(Path.Combine(TestPaths.Repository, "samples/c/firewall.o"));
        BpfHost.Kernel.Load(source).Dispose();
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 100; i++)
        {
            BpfHost.Kernel.Load(source).Dispose();
        }

        Assert.Equal(before, Directory.GetFiles("/proc/self/fd").Length);
    });

    private static BpfObject Pinned(int valueSize)
    {
        BpfObject source = TestPrograms.Counting(Hooks.ProgramType.Xdp, 2);
        source.Maps.Add(new MapSpec { Name = "shared", Type = MapType.Hash, KeySize = 4, ValueSize = valueSize, MaxEntries = 4, Pinning = 1 });
        return source;
    }

    private static BpfObject Read(string name) => BpfObject.Read(Path.Combine(TestPaths.Repository, "tests/data/kernel", name + ".o"));

    private static string Target() => Path.Combine(TestPaths.Repository, "tests/data/kernel/usdt_target");

    private static ulong Global(KernelObject loaded, BpfObject source, string name)
    {
        GlobalVariable variable = source.Global(name);
        KernelMap map = (KernelMap)loaded.Map(variable.Map.Name);
        byte[] value = new byte[map.ValueBytes];
        Assert.Equal(0, map.Lookup(new byte[4], value));
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        value.AsSpan(variable.ByteOffset, variable.Size).CopyTo(number);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }

    private static ulong[] Seen(KernelObject loaded)
    {
        byte[] value = new byte[8];
        return [.. Enumerable.Range(0, 5).Select(i =>
        {
            Assert.Equal(0, loaded.Map("seen").Lookup([(byte)i, 0, 0, 0], value));
            return BinaryPrimitives.ReadUInt64LittleEndian(value);
        })];
    }

    private static Process Start(string path) => Process.Start(new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static void Fire(Process process)
    {
        process.StandardInput.BaseStream.WriteByte((byte)'x');
        process.StandardInput.BaseStream.Flush();
        Assert.Equal('x', process.StandardOutput.BaseStream.ReadByte());
    }

    private static void End(Process process)
    {
        process.StandardInput.Close();
        process.WaitForExit();
    }

    private static void Transfer(string congestion)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.SetRawSocketOption(6, TcpCongestion, System.Text.Encoding.ASCII.GetBytes(congestion));
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        byte[] block = new byte[16384];
        for (int i = 0; i < 20; i++)
        {
            client.Send(block);
            for (int got = 0; got < block.Length;)
            {
                got += server.Receive(block);
            }
        }
    }
}
