using System.IO.Enumeration;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>Functions of programs and libraries, as the file offsets that uprobes want.</summary>
[SupportedOSPlatform("linux")]
public static class ElfSymbols
{
    private const byte Function = 2;
    private const byte IndirectFunction = 10;

    /// <summary>Offset in the file of a function.</summary>
    /// <param name="path">A 64-bit ELF file.</param>
    /// <param name="function">Its symbol.</param>
    /// <param name="program">For whom, in messages.</param>
    /// <exception cref="KernelException">The file has no such function, or is no such file.</exception>
    public static ulong FileOffset(string path, string function, string program = "")
    {
        using ElfImage image = ElfImage.Open(path);
        foreach (ElfImage.Symbol symbol in image.Symbols())
        {
            if (symbol.IsDefined && symbol.Kind is Function or IndirectFunction && symbol.Name == function
                && image.FileOffset(symbol.Value) is { } offset)
            {
                return offset;
            }
        }

        string[] similar = [.. image.Symbols().Where(s => s.IsDefined && s.Kind is Function or IndirectFunction
            && s.Name.Contains(function, StringComparison.OrdinalIgnoreCase)).Select(s => s.Name).Distinct().Take(5)];
        throw KernelException.Missing("BPF5024", program.Length == 0 ? path : $"program '{program}'",
            $"{path} has no function '{function}'",
            similar.Length > 0 ? "it has: " + string.Join(", ", similar) : "stripped files only name what they export; an offset always works");
    }

    /// <summary>Offsets of all functions that match a pattern with <c>*</c> and <c>?</c>, each once.</summary>
    /// <param name="path">A 64-bit ELF file.</param>
    /// <param name="pattern">The pattern.</param>
    public static IReadOnlyList<ulong> FileOffsetsMatching(string path, string pattern)
    {
        using ElfImage image = ElfImage.Open(path);
        SortedSet<ulong> offsets = [];
        foreach (ElfImage.Symbol symbol in image.Symbols())
        {
            if (symbol.IsDefined && symbol.Kind == Function && FileSystemName.MatchesSimpleExpression(pattern, symbol.Name, ignoreCase: false)
                && image.FileOffset(symbol.Value) is { } offset)
            {
                offsets.Add(offset);
            }
        }

        return [.. offsets];
    }
}
