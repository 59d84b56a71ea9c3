using BpfSharp.Cli.Output;
using BpfSharp.Hosting;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands;

/// <summary>What <c>--set</c> and <c>--map</c> put into an object before a run.</summary>
internal static class ObjectInputs
{
    /// <summary>Sets globals: <c>NAME=VALUE</c> each.</summary>
    public static void SetGlobals(BpfObject source, IEnumerable<string> assignments)
    {
        foreach (string assignment in assignments)
        {
            (string name, string value) = Split(assignment, "--set");
            GlobalVariable global = source.Globals.FirstOrDefault(g => g.Name == name)
                ?? throw new ArgumentException(
                    $"no global '{name}' in {source.Name}; it has: {string.Join(", ", source.Globals.Select(g => g.Name).Order())}");
            GlobalValue.Parse(value, global.Size, $"global '{name}'").CopyTo(global.InitialBytes);
        }
    }

    /// <summary>Fills maps: <c>NAME=FILE</c> each; a line of the file is a key and a value, or a value alone for maps without keys.</summary>
    public static void FillMaps(LoadedObject loaded, IEnumerable<string> assignments)
    {
        foreach (string assignment in assignments)
        {
            (string name, string path) = Split(assignment, "--map");
            LoadedMap map = loaded.Map(name);
            int number = 0;
            foreach (string line in File.ReadLines(path))
            {
                number++;
                string text = line.Trim();
                if (text.Length > 0 && text[0] != '#')
                {
                    Put(map, text, $"{path} line {number}");
                }
            }
        }
    }

    private static void Put(LoadedMap map, string text, string where)
    {
        string[] words = text.Split([' ', '\t', ','], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int keySize = map.Spec.KeySize;
        if (words.Length != (keySize > 0 ? 2 : 1))
        {
            throw new ArgumentException($"{where}: '{text}' is no element of map '{map.Name}': write {(keySize > 0 ? "KEY VALUE" : "VALUE")}");
        }

        byte[] key = keySize > 0 ? GlobalValue.Parse(words[0], keySize, $"the key of map '{map.Name}' ({where})") : [];
        byte[] value = GlobalValue.Parse(words[^1], map.Spec.ValueSize, $"the value of map '{map.Name}' ({where})");
        if (map.ValueBytes != value.Length)
        {
            // Per CPU: every CPU begins with the same value.
            int stride = (value.Length + 7) & ~7;
            byte[] all = new byte[map.ValueBytes];
            for (int at = 0; at < all.Length; at += stride)
            {
                value.CopyTo(all, at);
            }

            value = all;
        }

        int result = map.Update(key, value);
        if (result < 0)
        {
            throw new ArgumentException($"{where}: map '{map.Name}' refused '{text}': {Diagnostics.Errno.NameOf(-result)}");
        }
    }

    private static (string Name, string Value) Split(string assignment, string option)
    {
        int at = assignment.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? (assignment[..at], assignment[(at + 1)..])
            : throw new ArgumentException($"{option} '{assignment}' has no '=': write {option} NAME=…");
    }
}
