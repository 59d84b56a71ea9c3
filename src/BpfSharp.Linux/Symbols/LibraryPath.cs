using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>Finds programs and libraries by bare name, as the shell and the loader do.</summary>
[SupportedOSPlatform("linux")]
internal static class LibraryPath
{
    /// <summary>The full path, or <see langword="null"/> if there is no such file.</summary>
    internal static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? Path.GetFullPath(name) : null;
        }

        bool library = name.Contains(".so", StringComparison.Ordinal);
        foreach (string directory in library ? LibraryDirectories() : ProgramDirectories())
        {
            string path = Path.Combine(directory, name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    private static string[] ProgramDirectories() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin:/usr/sbin:/sbin").Split(':', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> LibraryDirectories()
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return directory;
        }

        string triple = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "x86_64-linux-gnu"
            : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu"
            : "";
        foreach (string root in (string[])["/usr/lib", "/lib"])
        {
            yield return Path.Combine(root, triple);
            yield return root + "64";
            yield return root;
        }
    }
}
