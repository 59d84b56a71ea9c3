using System.IO.Enumeration;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>Kernel functions that can be traced.</summary>
[SupportedOSPlatform("linux")]
internal static class TraceableFunctions
{
    /// <summary>Names that match a pattern with <c>*</c> and <c>?</c>, each once.</summary>
    internal static IEnumerable<string> Matching(string pattern) =>
        Names().Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)).Distinct();

    /// <summary>What ftrace offers; where that may not be read, the functions of kallsyms.</summary>
    private static List<string> Names()
    {
        if (FileSystem.TracingDirectory is { } tracing)
        {
            try
            {
                List<string> names = [];
                foreach (string line in File.ReadLines(Path.Combine(tracing, "available_filter_functions")))
                {
                    int space = line.IndexOf(' ', StringComparison.Ordinal);
                    names.Add(space < 0 ? line : line[..space]);
                }

                return names;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Fall through to the symbols.
            }
        }

        return [.. KernelSymbols.Current.Functions()];
    }
}
