namespace BpfSharp.TestSupport;

/// <summary>Where tests find the repository's files and the public data beside it.</summary>
internal static class TestPaths
{
    /// <summary>Root of the repository: the nearest folder above the test binaries that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Public conformance files and captures beside the repository, or <see langword="null"/>.</summary>
    public static string? PublicData(string relative)
    {
        string path = Path.Combine(Repository, "..", "shared", relative);
        return Path.Exists(path) ? Path.GetFullPath(path) : null;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BpfSharp.slnx")))
            {
                return folder.FullName;
            }
        }

        return AppContext.BaseDirectory;
    }
}
