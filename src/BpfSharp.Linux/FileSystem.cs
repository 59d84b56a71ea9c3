using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux;

/// <summary>Which file systems are mounted where.</summary>
[SupportedOSPlatform("linux")]
internal static class FileSystem
{
    private static readonly string[] s_tracingPaths = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    /// <summary>The magic number of the file system of a path; 0 if it cannot be told.</summary>
    internal static uint TypeOf(string path) => Libc.FileSystemType(path);

    /// <summary>Where tracefs is mounted; <see langword="null"/> if nowhere.</summary>
    internal static string? TracingDirectory =>
        s_tracingPaths.FirstOrDefault(path => Directory.Exists(Path.Combine(path, "events")));

    /// <summary>The mounts of this process: directory and kind of file system.</summary>
    internal static IEnumerable<(string Directory, string Kind)> Mounts()
    {
        foreach (string line in File.ReadLines("/proc/self/mounts"))
        {
            string[] fields = line.Split(' ');
            if (fields.Length >= 3)
            {
                yield return (fields[1].Replace("\\040", " ", StringComparison.Ordinal), fields[2]);
            }
        }
    }
}
