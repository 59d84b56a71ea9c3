using System.IO.Compression;
using System.Runtime.Versioning;

namespace BpfSharp.Linux;

/// <summary>The running kernel's build configuration.</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelConfig
{
    private static readonly Lazy<KernelConfig?> s_current = new(Find);

    private readonly Dictionary<string, string> _values;

    private KernelConfig(string path, Dictionary<string, string> values)
    {
        Path = path;
        _values = values;
    }

    /// <summary>The running kernel's; <see langword="null"/> if it tells nowhere.</summary>
    public static KernelConfig? Current => s_current.Value;

    /// <summary>Where it was found.</summary>
    public string Path { get; }

    /// <summary>The value of an option as written: <c>y</c>, <c>m</c>, a number or a quoted string.</summary>
    /// <param name="option">For example <c>CONFIG_BPF_SYSCALL</c>.</param>
    /// <returns>The value; <see langword="null"/> if it is not set.</returns>
    public string? this[string option] => _values.GetValueOrDefault(option);

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file; <c>.gz</c> is unpacked.</param>
    public static KernelConfig Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(plain);
        Dictionary<string, string> values = [];
        while (reader.ReadLine() is { } line)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line.StartsWith("CONFIG_", StringComparison.Ordinal))
            {
                values[line[..equals]] = line[(equals + 1)..];
            }
        }

        return new KernelConfig(path, values);
    }

    private static KernelConfig? Find()
    {
        string release = File.Exists("/proc/sys/kernel/osrelease") ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : "";
        foreach (string path in (string[])["/proc/config.gz", $"/boot/config-{release}", $"/lib/modules/{release}/config"])
        {
            try
            {
                if (File.Exists(path))
                {
                    return Read(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // The next place.
            }
        }

        return null;
    }
}
