using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.Build.Tests;

/// <summary>A sample that runs in this (sandboxed) process: its output is kept, its input is ours.</summary>
internal sealed partial class SampleRun : IDisposable
{
    private const int Interrupt = 2;
    private const int Patience = 60_000;

    private readonly string _folder;
    private readonly TextWriter _console = Console.Out;
    private readonly Lines _output = new();
    private readonly Keyboard _input = new();
    private readonly Thread _thread;
    private Exception? _failure;
    private int _code;

    private SampleRun(string sample, string[] args)
    {
        _folder = Build(sample);
        Assembly assembly = Assembly.LoadFrom(Path.Combine(_folder, sample + ".dll"));
        Console.SetOut(_output);
        Console.SetIn(_input);
        _thread = new Thread(() =>
        {
            try
            {
                MethodInfo main = assembly.EntryPoint!;
                _code = main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? [] : [args], null) as int? ?? 0;
            }
#pragma warning disable CA1031 // whatever it throws is the sample's failure
            catch (Exception e)
            {
                _failure = e;
            }
#pragma warning restore CA1031
        });
        _thread.IsBackground = true;
        _thread.Start();
    }

    /// <summary>What it wrote so far.</summary>
    public string Output => _output.Text;

    /// <summary>Starts a sample.</summary>
    public static SampleRun Start(string sample, params string[] args) => new(sample, args);

    /// <summary>Runs a sample to its end, doing something again and again meanwhile.</summary>
    /// <returns>What it wrote.</returns>
    public static string Run(string sample, string[] args, Action during)
    {
        using SampleRun run = new(sample, args);
        while (run._thread.IsAlive)
        {
            during();
        }

        run.End();
        return run.Output;
    }

    /// <summary>Compiles a sample into a folder of its own.</summary>
    public static string Build(string sample)
    {
        (byte[] assembly, byte[] symbols) = SampleTests.Emit(sample).GetAwaiter().GetResult();
        string folder = Directory.CreateTempSubdirectory("bpfsharp-sample-").FullName;
        File.WriteAllBytes(Path.Combine(folder, sample + ".dll"), assembly);
        File.WriteAllBytes(Path.Combine(folder, sample + ".pdb"), symbols);
        return folder;
    }

    /// <summary>Waits until a text was written; does something again and again meanwhile.</summary>
    public void WaitFor(string text, Action? during = null)
    {
        long started = Environment.TickCount64;
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (!_thread.IsAlive && !Output.Contains(text, StringComparison.Ordinal))
            {
                End();
                Assert.Fail($"it ended without '{text}':\n{Output}");
            }

            Assert.True(Environment.TickCount64 - started < Patience, $"no '{text}' in:\n{Output}");
            during?.Invoke();
            Thread.Sleep(5);
        }
    }

    /// <summary>Presses Enter and waits for the end.</summary>
    /// <returns>What it wrote.</returns>
    public string Enter()
    {
        _input.Press();
        End();
        return Output;
    }

    /// <summary>Presses Ctrl-C and waits for the end.</summary>
    public void CtrlC()
    {
        Assert.Equal(0, Kill(Environment.ProcessId, Interrupt));
        End();
    }

    public void Dispose()
    {
        Console.SetOut(_console);
        Directory.Delete(_folder, recursive: true);
    }

    private void End()
    {
        Assert.True(_thread.Join(Patience), $"it does not end:\n{Output}");
        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }

        Assert.True(_code == 0, $"it ended with {_code}:\n{Output}");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    private sealed class Lines : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override void Write(string? value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override void WriteLine(string? value) => Write(value + "\n");
    }

    private sealed class Keyboard : TextReader
    {
        private readonly SemaphoreSlim _pressed = new(0);

        public void Press() => _pressed.Release();

        public override string? ReadLine()
        {
            _pressed.Wait();
            return "";
        }

        protected override void Dispose(bool disposing)
        {
            _pressed.Dispose();
            base.Dispose(disposing);
        }
    }
}
