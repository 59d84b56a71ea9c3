using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BpfSharp.Cli.Tests.Kernel;

/// <summary>The tool as a process of its own, its output piped: for what ends by a signal or waits for events.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    private const int Interrupt = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly List<string> _lines = [];

    public ToolProcess(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", [typeof(Application).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything written so far, both streams.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits until the text was written.</summary>
    public void WaitFor(string text)
    {
        long started = Environment.TickCount64;
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(HasExited && !Output.Contains(text, StringComparison.Ordinal), $"ended with {(HasExited ? _process.ExitCode : 0)} without '{text}':\n{Output}");
            Assert.True(Environment.TickCount64 - started < s_patience.TotalMilliseconds, $"no '{text}' in:\n{Output}");
            Thread.Sleep(10);
        }
    }

    /// <summary>Ctrl-C.</summary>
    public void SendInterrupt() => Assert.Equal(0, Kill(_process.Id, Interrupt));

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public int WaitForExit()
    {
        Assert.True(_process.WaitForExit(s_patience), $"still runs:\n{Output}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
