using System.Diagnostics;
using System.Globalization;

namespace BpfSharp.Cli.Output;

/// <summary>One line on standard error that tells how far long work is; nothing where nobody watches.</summary>
internal sealed class ProgressLine(Terminal terminal, string what) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly bool _isShown = !terminal.IsJson && terminal.Error.Profile.Capabilities.Interactive && !Console.IsErrorRedirected;
    private long _last = Stopwatch.GetTimestamp();
    private int _width;

    /// <summary>Tells how far it is; cheap when called often.</summary>
    public void Report(long items, long done, long total)
    {
        if (!_isShown || Stopwatch.GetElapsedTime(_last) < s_pause)
        {
            return;
        }

        _last = Stopwatch.GetTimestamp();
        string line = string.Create(CultureInfo.InvariantCulture, $"{what}: {items} packets, {100.0 * done / Math.Max(1, total):f0} %");
        Console.Error.Write($"\r{line.PadRight(_width)}");
        _width = line.Length;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            Console.Error.Write($"\r{new string(' ', _width)}\r");
            _width = 0;
        }
    }
}
