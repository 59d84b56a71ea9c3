using System.Buffers.Binary;
using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>What one test has for itself: file systems, a cgroup, loopback; and the check that nothing stays.</summary>
internal sealed class SandboxScope : IDisposable
{
    /// <summary>Set in the environment of a process that a test starts inside its own sandbox.</summary>
    internal const string SecondProcess = "BPFSHARP_TEST_SECOND";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);

    private readonly List<IDisposable> _owned = [];
    private readonly HashSet<(BpfCommand Open, uint Id)> _ids = [];
    private string? _cgroup;
    private string? _homeCgroup;

    internal SandboxScope()
    {
        // A second process of the same sandbox finds everything in place.
        if (!Sandboxed.IsSecond)
        {
            Native.Mount("bpf", "/sys/fs/bpf");
            Native.Mount("tracefs", "/sys/kernel/tracing");
            Network.SetUp("lo");
        }
    }

    /// <summary>A directory of the sandbox's own bpf file system.</summary>
    internal static string BpfDirectory => "/sys/fs/bpf";

    /// <summary>A cgroup of this test alone, which this process joins.</summary>
    internal string Cgroup
    {
        get
        {
            if (_cgroup is null)
            {
                string root = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"bpfsharp-cgroup-{Environment.ProcessId}"));
                Native.Mount("cgroup2", root);
                string home = File.ReadLines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal)) ?? "0::/";
                _homeCgroup = Path.Combine(root, home[3..].TrimStart('/'), "cgroup.procs");
                _cgroup = Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"bpfsharp-test-{Environment.ProcessId}"));
                Directory.CreateDirectory(_cgroup);
                File.WriteAllText(Path.Combine(_cgroup, "cgroup.procs"), "0");
            }

            return _cgroup;
        }
    }

    /// <summary>Loads an object that goes with the sandbox; a kernel that forbids or lacks its type skips the test.</summary>
    internal KernelObject Load(BpfObject source, KernelLoadOptions? options = null)
    {
        KernelObject loaded;
        try
        {
            loaded = BpfHost.Kernel.LoadObject(source, options);
        }
        catch (KernelException e) when (e.Command == "BPF_PROG_LOAD" && e.ErrorNumber == Errno.Eperm)
        {
            Assert.Skip($"this kernel forbids {source.Programs[0].Type} programs to root too: {e.Message}");
            throw;
        }

        _owned.Add(loaded);
        foreach (LoadedProgram program in loaded.Programs.Values)
        {
            Remember(BpfCommand.ProgGetFdById, "prog_id", ((KernelProgram)program).FileDescriptor);
        }

        foreach (LoadedMap map in loaded.Maps.Values)
        {
            Remember(BpfCommand.MapGetFdById, "map_id", ((KernelMap)map).FileDescriptor);
        }

        return loaded;
    }

    /// <summary>Attaches; the link goes before the sandbox does.</summary>
    internal KernelLink Attach(KernelProgram program, AttachPoint point)
    {
        KernelLink link = program.Attach(point);
        if (link.Info is { } info)
        {
            _ids.Add((BpfCommand.LinkGetFdById, info.Id));
            Assert.NotEqual(0u, info.ProgramId);
        }

        return link;
    }

    /// <summary>Fails if a descriptor or an id of this test's is left.</summary>
    internal void CheckNothingIsLeft()
    {
        Release();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        string[] descriptors = [.. Directory.GetFiles("/proc/self/fd")
            .Select(f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.Name ?? "")
            .Where(n => n.Contains("bpf", StringComparison.Ordinal) && n.StartsWith("anon_inode", StringComparison.Ordinal))];
        Assert.Empty(descriptors);
        foreach ((BpfCommand open, uint id) in _ids)
        {
            WaitUntilGone(open, id);
        }
    }

    /// <summary>Waits until an id is free: the kernel frees after a grace period, at times a long one.</summary>
    internal static void WaitUntilGone(BpfCommand open, uint id)
    {
        long started = Environment.TickCount64;
        while (BpfSyscall.OpenById(open, id, out int errno) is { } still)
        {
            still.Dispose();
            Assert.True(Environment.TickCount64 - started < s_patience.TotalMilliseconds, $"{open} still finds id {id} ({errno})");
            Thread.Sleep(20);
        }
    }

    public void Dispose() => Release();

    private void Remember(BpfCommand open, string field, int descriptor)
    {
        string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{descriptor}"))
            .FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        if (line is not null)
        {
            _ids.Add((open, uint.Parse(line[(field.Length + 1)..], CultureInfo.InvariantCulture)));
        }
    }

    private void Release()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
        if (Sandboxed.IsSecond)
        {
            // What is in the sandbox is the first process's.
            return;
        }

        // The kernel's own iterators (maps.debug, progs.debug) stay.
        foreach (string pin in Directory.GetFiles(BpfDirectory, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".debug", StringComparison.Ordinal)))
        {
            File.Delete(pin);
        }

        if (_cgroup is not null)
        {
            File.WriteAllText(_homeCgroup!, "0");
            Directory.Delete(_cgroup);
            _cgroup = null;
        }
    }

    /// <summary>Element <paramref name="index"/> of the array map <c>hits</c>.</summary>
    internal static ulong Hits(KernelObject loaded, uint index = 0)
    {
        byte[] key = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(key, index);
        byte[] value = new byte[8];
        Assert.Equal(0, loaded.Map("hits").Lookup(key, value));
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }
}
