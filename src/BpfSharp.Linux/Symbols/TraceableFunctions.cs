using System.IO.Enumeration;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>Kernel functions that can be traced.</summary>
[SupportedOSPlatform("linux")]
internal static class TraceableFunctions
{
    /// <summary>Names that match a pattern with <c>*</c> and <c>?</c>, each once.</summary>
    /// <remarks>What ftrace offers; where that may not be read or has none of them, the functions of kallsyms: the kernel judges them.</remarks>
    internal static IReadOnlyList<string> Matching(string pattern)
    {
        string[] offered = Matching(Offered(), pattern);
        return offered.Length > 0 ? offered : Matching(KernelSymbols.Current.Functions(), pattern);
    }

    private static string[] Matching(IEnumerable<string> names, string pattern) =>
        [.. names.Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)).Distinct()];

    private static List<string> Offered()
    {
        List<string> names = [];
        if (FileSystem.TracingDirectory is { } tracing)
        {
            try
            {
                foreach (string line in File.ReadLines(Path.Combine(tracing, "available_filter_functions")))
                {
                    int space = line.IndexOf(' ', StringComparison.Ordinal);
                    names.Add(space < 0 ? line : line[..space]);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The symbols serve instead.
            }
        }

        return names;
    }
}
