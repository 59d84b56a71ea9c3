using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>Kernel functions that can be traced.</summary>
[SupportedOSPlatform("linux")]
internal static class TraceableFunctions
{
    // Padding before a function, with a symbol of its own: code that nobody calls.
    private const string Padding = "__pfx_";

    /// <summary>Functions whose name matches a pattern with <c>*</c> and <c>?</c>: each place once.</summary>
    internal static IReadOnlyList<KernelSymbols.Symbol> Matching(string pattern)
    {
        IReadOnlyList<KernelSymbols.Symbol> functions = KernelSymbols.Current.Functions;
        // Places themselves are told since Linux 6.5.
        HashSet<ulong> places = [.. Lines("available_filter_functions_addrs").Select(line => Hexadecimal(FirstWord(line)))];
        HashSet<string> names = places.Count > 0 ? [] : [.. Lines("available_filter_functions").Select(FirstWord)];
        return Matching(pattern, places, names, functions);
    }

    /// <summary>What matches among the functions of kallsyms.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="places">Places ftrace offers; empty where it tells names only, or nothing.</param>
    /// <param name="names">Names ftrace offers; empty where they may not be read.</param>
    /// <param name="functions">The functions of kallsyms.</param>
    /// <remarks>
    /// ftrace has one name for each place, of several that stand there (of <c>__do_sys_getppid</c> and <c>__x64_sys_getppid</c> the first):
    /// so its names are taken for places, and every name of such a place counts. Where it says nothing, the kernel judges.
    /// </remarks>
    internal static IReadOnlyList<KernelSymbols.Symbol> Matching(
        string pattern, IReadOnlySet<ulong> places, IReadOnlySet<string> names, IReadOnlyList<KernelSymbols.Symbol> functions)
    {
        bool placed = functions.Any(f => f.Address != 0);
        if (placed && places.Count == 0)
        {
            places = functions.Where(f => names.Contains(f.Name)).Select(f => f.Address).ToHashSet();
        }

        HashSet<ulong> taken = [];
        HashSet<string> named = [];
        List<KernelSymbols.Symbol> result = [];
        foreach (KernelSymbols.Symbol function in functions)
        {
            bool traceable = placed && places.Count > 0 ? places.Contains(function.Address)
                : names.Count > 0 ? names.Contains(function.Name)
                : !function.Name.StartsWith(Padding, StringComparison.Ordinal);
            if (traceable && FileSystemName.MatchesSimpleExpression(pattern, function.Name, ignoreCase: false)
                && (placed ? taken.Add(function.Address) : named.Add(function.Name)))
            {
                result.Add(function);
            }
        }

        return result;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return FileSystem.TracingDirectory is { } tracing ? File.ReadAllLines(Path.Combine(tracing, file)) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The symbols serve instead.
            return [];
        }
    }

    private static string FirstWord(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? line : line[..space];
    }

    private static ulong Hexadecimal(string word) => ulong.TryParse(
        word.StartsWith("0x", StringComparison.Ordinal) ? word.AsSpan(2) : word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
        ? value : 0;
}
