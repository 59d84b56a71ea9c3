using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Links;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary>Names what lives in the kernel the way people do: by id, by pinned path, or by name.</summary>
[SupportedOSPlatform("linux")]
internal static class Selection
{
    /// <summary>Opens a map.</summary>
    /// <exception cref="ArgumentException">No map or several fit; the message says which.</exception>
    public static KernelMap Map(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return KernelMap.OpenPinned(text);
        }

        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
        {
            return KernelMap.OpenById(id);
        }

        List<MapInfo> found = [.. KernelInventory.Maps().Where(m => m.Name == text)];
        return found.Count switch
        {
            1 => KernelMap.OpenById(found[0].Id),
            0 => throw new ArgumentException($"no map named '{text}': give an id ('bpfsharp list map' shows them), a name, or the path of a pin"),
            _ => throw new ArgumentException($"{found.Count} maps are named '{text}', with ids {string.Join(", ", found.Select(m => m.Id))}: give an id"),
        };
    }

    /// <summary>Opens a program.</summary>
    /// <exception cref="ArgumentException">No program or several fit; the message says which.</exception>
    public static KernelProgram Program(string text) => text.Contains('/', StringComparison.Ordinal)
        ? KernelProgram.OpenPinned(text) : KernelProgram.OpenById(ProgramId(text));

    /// <summary>Opens a link: by id, by pinned path, or as the only one of the program with a name.</summary>
    /// <exception cref="ArgumentException">No link or several fit; the message says which.</exception>
    public static KernelLink Link(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return KernelLink.OpenPinned(text);
        }

        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
        {
            return KernelLink.OpenById(id);
        }

        HashSet<uint> programs = [.. KernelInventory.Programs().Where(p => p.Name == text).Select(p => p.Id)];
        List<LinkInfo> found = [.. KernelInventory.Links().Where(l => programs.Contains(l.ProgramId))];
        return found.Count switch
        {
            1 => KernelLink.OpenById(found[0].Id),
            0 => throw new ArgumentException($"no link of a program named '{text}': give an id ('bpfsharp list link' shows them) or the path of a pin"),
            _ => throw new ArgumentException($"programs named '{text}' have links {string.Join(", ", found.Select(l => l.Id))}: give an id"),
        };
    }

    /// <summary>Finds a program's id.</summary>
    /// <exception cref="ArgumentException">No program or several fit; the message says which.</exception>
    private static uint ProgramId(string text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
        {
            return id;
        }

        List<ProgramInfo> found = [.. KernelInventory.Programs().Where(p => p.Name == text || p.Tag == text)];
        return found.Count switch
        {
            1 => found[0].Id,
            0 => throw new ArgumentException($"no program named or tagged '{text}': give an id ('bpfsharp list prog' shows them), a name, a tag, or the path of a pin"),
            _ => throw new ArgumentException($"{found.Count} programs are named '{text}', with ids {string.Join(", ", found.Select(p => p.Id))}: give an id"),
        };
    }
}
