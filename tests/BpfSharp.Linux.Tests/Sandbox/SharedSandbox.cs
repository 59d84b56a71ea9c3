using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>
/// A process that runs one sandboxed test after the other, each in new namespaces of its main thread: where starting a process
/// costs seconds (emulated guests). A test that does not pass here is run again in a process of its own, and that counts.
/// </summary>
internal sealed class SharedSandbox : IDisposable
{
    internal const string Switch = "--sandboxes";

    private const string Variable = "BPFSHARP_TEST_SHARED";
    private const string EndMark = "\u0001end ";
    private const int OwnFolder = 0x200;
    private const int NewMounts = 0x00020000;
    private const int NewNetwork = 0x40000000;

    private static readonly ConcurrentBag<SharedSandbox> s_idle = [];

    private readonly Process _process;

    private SharedSandbox()
    {
        List<string> command = Sandboxed.Command(Switch);
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Whether the surroundings ask for shared processes.</summary>
    internal static bool IsWanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Runs a test in an idle process, or in a new one.</summary>
    /// <returns>Its exit code; -1 if the process came to an end.</returns>
    internal static (int Code, string Output) Run(string[] test)
    {
        if (!s_idle.TryTake(out SharedSandbox? sandbox))
        {
            sandbox = new SharedSandbox();
        }

        (int code, string output) = sandbox.Ask(test);
        if (code is 0 or Sandboxed.SkipCode)
        {
            s_idle.Add(sandbox);
        }
        else
        {
            // What the test left behind goes with the process.
            sandbox.Dispose();
        }

        return (code, output);
    }

    /// <summary>The process: tests come by line on the standard input.</summary>
    internal static int Serve()
    {
        int mounts = Native.OpenReadOnly("/proc/self/ns/mnt");
        int network = Native.OpenReadOnly("/proc/self/ns/net");
        while (Console.ReadLine() is { } line)
        {
            Native.MakeNamespaces(NewMounts | NewNetwork);
            Native.MakeMountsPrivate();
            int code = Sandboxed.RunInside(line.Split('\t'));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            // Threads the test started share this one's root and folder, which must not be for changing mounts.
            // The last thread that leaves takes the namespaces with it.
            Native.MakeNamespaces(OwnFolder);
            Native.EnterNamespace(mounts, NewMounts);
            Native.EnterNamespace(network, NewNetwork);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{EndMark}{code}"));
        }

        return 0;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private (int Code, string Output) Ask(string[] test)
    {
        _process.StandardInput.WriteLine(string.Join('\t', test));
        _process.StandardInput.Flush();
        List<string> output = [];
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(EndMark, StringComparison.Ordinal))
            {
                return (int.Parse(line.AsSpan(EndMark.Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), string.Join('\n', output));
            }

            output.Add(line);
        }

        return (-1, string.Join('\n', output));
    }
}
