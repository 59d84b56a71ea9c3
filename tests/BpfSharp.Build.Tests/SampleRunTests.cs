using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Tests.Sandbox;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Build.Tests;

/// <summary>Each sample runs, attaches for real inside namespaces of its own, and shows what it promises.</summary>
public sealed partial class SampleRunTests
{
    private static readonly string[] s_short = ["0.4"];

    private static string Self => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public void Attach() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using SampleRun run = SampleRun.Start("attach", Path.Combine(TestPaths.Repository, "samples/c/firewall.o"), "a");
        run.WaitFor("firewall is attached to a");
        Assert.Contains(KernelInventory.Links(), l => l.Kind == LinkKind.Xdp && l.InterfaceIndex == Libc.InterfaceIndex("a"));
        run.Enter();
    });

    [Fact]
    public void Dispatcher() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using SampleRun run = SampleRun.Start("dispatcher", "a");
        run.WaitFor("counting");
        Network.SendFrame("b", Network.Frame(), 3);
        Assert.Contains("TCP 0, UDP 3, other 0", run.Enter(), StringComparison.Ordinal);
    });

    [Fact]
    public void Egress() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using SampleRun run = SampleRun.Start("egress", "a");
        run.WaitFor("counting");
        Network.SendFrame("a", Network.Frame(), 5);
        Assert.Matches("cgroup [0-9]+: 5 packets, 320 bytes", run.Enter());
    });

    [Fact]
    public void ExecSnoop() => Sandboxed.Run(_ =>
    {
        using SampleRun run = SampleRun.Start("execsnoop");
        run.WaitFor("watching");
        run.WaitFor("/bin/true", StartTrue);
        run.CtrlC();
    });

    [Fact]
    public void Firewall() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("veth0", "b");
        using SampleRun run = SampleRun.Start("firewall", "10.0.0.2");
        run.WaitFor("167772162", () => Network.SendFrame("b", Network.Frame()));
        run.CtrlC();
    });

    [Fact]
    public void LoadBalancer() => Sandboxed.Run(box =>
    {
        Network.AddVeth("a", "b");

        // A veth sends back only to a peer that takes XDP frames.
        KernelObject passing = box.Load(ObjectAssembler.Assemble(".program pass section=xdp\nr0 = 2\nexit"));
        using Link peer = box.Attach((KernelProgram)passing.Program("pass"), new Xdp("b"));
        using Socket taps = new(AddressFamily.Packet, SocketType.Raw, (ProtocolType)0x0300);
        using SampleRun run = SampleRun.Start("loadbalancer", "a", "10.0.0.1", "10.0.0.9/02:00:00:00:00:09");
        run.WaitFor("balancing");
        byte[] frame = new byte[2048];
        taps.ReceiveTimeout = 20;
        bool found = false;
        for (int i = 0; i < 2000 && !found; i++)
        {
            Network.SendFrame("b", Network.Frame());
            found = IsFor(taps, frame, [2, 0, 0, 0, 0, 9]);
        }

        Assert.True(found, "no frame came back for the backend");
        run.Enter();
    });

    [Fact]
    public void Mallocs() => Sandboxed.Run(_ => Assert.Matches("4096 bytes: [0-9]+", SampleRun.Run("mallocs", ["0.5", Self], () =>
    {
        Marshal.FreeHGlobal(Marshal.AllocHGlobal(5000));
        Thread.Sleep(1);
    })));

    [Fact]
    public void NoExec() => Sandboxed.Run(_ => OrSkip(() =>
    {
        using SampleRun run = SampleRun.Start("noexec");
        run.WaitFor("in force");
        string program = "/dev/shm/bpfsharp-true-" + Self;
        File.Copy("/bin/true", program);
        try
        {
            using Process nobody = Process.Start("setpriv", ["--reuid=65534", "--clear-groups", program]);
            nobody.WaitForExit();
            Assert.NotEqual(0, nobody.ExitCode);
        }
        finally
        {
            File.Delete(program);
        }

        run.Enter();
    }));

    [Fact]
    public void Profile() => Sandboxed.Run(_ =>
        Assert.Contains($"process {Self}:", SampleRun.Run("profile", s_short, () => Thread.SpinWait(1000)), StringComparison.Ordinal));

    [Fact]
    public void Privileges_are_separated_and_the_service_serves() => Sandboxed.Run(_ =>
    {
        string pins = "/sys/fs/bpf/starts";
        using (SampleRun publish = SampleRun.Start("publish", pins))
        {
            publish.WaitFor("published in");
        }

        // The service as nobody: no capability, no file of ours but what its folder holds.
        string folder = SampleRun.Build("service");
        string notifications = Path.Combine(folder, "notify");
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        foreach (string library in (string[])["BpfSharp.dll", "BpfSharp.Linux.dll", "BpfSharp.Runtime.dll", "BpfSharp.Verifier.dll"])
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, library), Path.Combine(folder, library));
        }

        File.Copy(Path.Combine(AppContext.BaseDirectory, "BpfSharp.Build.Tests.runtimeconfig.json"), Path.Combine(folder, "service.runtimeconfig.json"));
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(notifications));
        manager.ReceiveTimeout = 60_000;
        File.SetUnixFileMode(notifications, (UnixFileMode)0b110_110_110);
        ProcessStartInfo start = new("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", Path.Combine(folder, "service.dll"), $"{pins}/ring"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NOTIFY_SOCKET"] = notifications;
        start.Environment["HOME"] = folder;
        using Process service = Process.Start(start)!;
        try
        {
            byte[] buffer = new byte[64];
            Assert.Equal("READY=1", Encoding.ASCII.GetString(buffer, 0, manager.Receive(buffer)));
            StartTrue();
            string line;
            do
            {
                line = service.StandardOutput.ReadLine() ?? throw new InvalidOperationException(service.StandardError.ReadToEnd());
            }
            while (!Regex.IsMatch(line, "^user 0 started [0-9]+ from "));

            Assert.Equal(0, Kill(service.Id, 15));
            Assert.Equal("STOPPING=1", Encoding.ASCII.GetString(buffer, 0, manager.Receive(buffer)));
            service.WaitForExit();
            Assert.Equal(0, service.ExitCode);
        }
        finally
        {
            if (!service.HasExited)
            {
                service.Kill();
            }

            File.Delete($"{pins}/link");
            File.Delete($"{pins}/ring");
            Directory.Delete(folder, recursive: true);
        }
    });

    [Fact]
    public void RateLimit() => Sandboxed.Run(_ =>
    {
        Network.AddVeth("a", "b");
        using SampleRun run = SampleRun.Start("ratelimit", "a");
        run.WaitFor("limiting");
        Network.SendFrame("b", Network.Frame());
        uint id = KernelInventory.Links().Single(l => l.Kind == LinkKind.Xdp && l.InterfaceIndex == Libc.InterfaceIndex("a")).ProgramId;
        using KernelProgram live = KernelProgram.OpenById(id);
        long started = Environment.TickCount64;

        // More at once than a bucket holds: the last is dropped. Then the timer fills the bucket again.
        while (live.Run(new RunInput { Packet = Network.Frame(), Repeat = 1000 }).ReturnValue != 1)
        {
            Assert.True(Environment.TickCount64 - started < 30_000, "nothing is dropped");
        }

        while (live.Run(new RunInput { Packet = Network.Frame() }).ReturnValue != 2)
        {
            Assert.True(Environment.TickCount64 - started < 30_000, "the bucket stays empty");
            Thread.Sleep(10);
        }

        run.Enter();
    });

    [Fact]
    public void ReadLatency() => Sandboxed.Run(_ => OrSkip(() =>
        Assert.Contains(" ns: ", SampleRun.Run("readlatency", s_short, () => File.ReadAllText("/proc/self/stat")), StringComparison.Ordinal)));

    [Fact]
    public void Redirect() => Sandboxed.Run(box =>
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using SampleRun run = SampleRun.Start("redirect", box.Cgroup, "192.0.2.1:80", listener.LocalEndpoint.ToString()!);
        run.WaitFor("redirecting");
        using TcpClient client = new(AddressFamily.InterNetwork);
        client.Connect(IPAddress.Parse("192.0.2.1"), 80);
        using TcpClient accepted = listener.AcceptTcpClient();
        Assert.Equal(client.Client.LocalEndPoint, accepted.Client.RemoteEndPoint);
        run.Enter();
    });

    [Fact]
    public void RunQueue() => Sandboxed.Run(_ => Assert.Contains(" ns: ", SampleRun.Run("runqueue", s_short, () => Thread.Sleep(1)), StringComparison.Ordinal));

    [Fact]
    public void Stacks() => Sandboxed.Run(_ =>
    {
        byte[] zeros = new byte[1 << 20];
        using FileStream source = File.OpenRead("/dev/zero");
        Assert.Matches("[0-9]+ samples in\n    [a-zA-Z_]", SampleRun.Run("stacks", ["0.6"], () => source.ReadExactly(zeros)));
    });

    [Fact]
    public void SystemCalls() => Sandboxed.Run(_ =>
        Assert.Matches("system call [0-9]+: [0-9]+", SampleRun.Run("syscalls", s_short, () => File.Exists("/nothing"))));

    [Fact]
    public void Tasks() => Sandboxed.Run(_ => OrSkip(() => Assert.Matches($" {Self} +{Self} ", SampleRun.Run("tasks", [], () => Thread.Sleep(1)))));

    [Fact]
    public void TcpLife() => Sandboxed.Run(_ =>
    {
        using SampleRun run = SampleRun.Start("tcplife");
        run.WaitFor("watching");
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        run.WaitFor(string.Create(CultureInfo.InvariantCulture, $"-> {((IPEndPoint)listener.LocalEndpoint).Port}: "), () =>
        {
            using TcpClient client = new();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            using TcpClient accepted = listener.AcceptTcpClient();
        });
        run.CtrlC();
    });

    [Fact]
    public void Usdt() => Sandboxed.Run(_ =>
    {
        string target = Path.Combine(TestPaths.Repository, "tests/data/kernel/usdt_target");
        using Process process = Process.Start(new ProcessStartInfo(target) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string id = process.Id.ToString(CultureInfo.InvariantCulture);
        using SampleRun run = SampleRun.Start("usdt", target, "bpfsharp", "tick", id);
        run.WaitFor("counting");
        for (int i = 0; i < 3; i++)
        {
            process.StandardInput.BaseStream.WriteByte((byte)'x');
            process.StandardInput.BaseStream.Flush();
            Assert.Equal('x', process.StandardOutput.BaseStream.ReadByte());
        }

        Assert.Contains($"process {id}: 3", run.Enter(), StringComparison.Ordinal);
        process.StandardInput.Close();
        process.WaitForExit();
    });

    private static void StartTrue()
    {
        using Process process = Process.Start("/bin/true");
        process.WaitForExit();
    }

    // fentry, iterators and the BPF security module are options of the kernel's build; what its verifier says would be a defect.
    private static void OrSkip(Action run)
    {
        try
        {
            run();
        }
        catch (BpfException refusal) when (refusal is not ProgramRejectedException)
        {
            Assert.Skip($"this kernel: {refusal.Message}");
        }
    }

    private static bool IsFor(Socket taps, byte[] frame, ReadOnlySpan<byte> address)
    {
        try
        {
            while (taps.Receive(frame) > 12)
            {
                if (frame.AsSpan(0, 6).SequenceEqual(address))
                {
                    return true;
                }
            }
        }
        catch (SocketException)
        {
            // Nothing more for now.
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
