using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux.Symbols;

/// <summary>The kernel's symbols and their addresses (/proc/kallsyms).</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelSymbols
{
    private static readonly Lazy<KernelSymbols> s_current = new(() => Read("/proc/kallsyms"));

    private readonly Dictionary<string, Symbol> _byName;
    private readonly Symbol[] _byAddress;

    private KernelSymbols(Dictionary<string, Symbol> byName, Symbol[] byAddress)
    {
        _byName = byName;
        _byAddress = byAddress;
    }

    /// <summary>One symbol.</summary>
    /// <param name="Address">Its address; 0 where the kernel hides addresses from this process.</param>
    /// <param name="Kind">Its letter: <c>T</c>/<c>t</c> code, <c>D</c>/<c>d</c>/<c>B</c>/<c>b</c> data …</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Module">Its module; <see langword="null"/> for the kernel's own.</param>
    public readonly record struct Symbol(ulong Address, char Kind, string Name, string? Module);

    /// <summary>The running kernel's, read once.</summary>
    public static KernelSymbols Current => s_current.Value;

    /// <summary>Whether addresses are shown (they are not without CAP_SYSLOG under kptr_restrict).</summary>
    public bool HasAddresses => _byAddress.Length > 0 && _byAddress[^1].Address != 0;

    /// <summary>The symbol of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="symbol">It; of several of the name the first.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(string name, out Symbol symbol) => _byName.TryGetValue(name, out symbol);

    /// <summary>The symbol an address lies in.</summary>
    /// <param name="address">An address of the kernel.</param>
    /// <param name="offset">Bytes from the symbol's start.</param>
    /// <returns>The last symbol at or below it; <see langword="null"/> below all.</returns>
    public Symbol? At(ulong address, out ulong offset)
    {
        int low = 0;
        int high = _byAddress.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_byAddress[middle].Address <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        offset = high >= 0 ? address - _byAddress[high].Address : 0;
        return high >= 0 ? _byAddress[high] : null;
    }

    /// <summary>Functions, weak ones too, by address.</summary>
    internal IReadOnlyList<Symbol> Functions => [.. _byAddress.Where(s => s.Kind is 't' or 'T' or 'w' or 'W')];

    internal static KernelSymbols Read(string path)
    {
        Dictionary<string, Symbol> byName = new(150_000);
        List<Symbol> all = new(150_000);
        foreach (string line in File.ReadLines(path))
        {
            // ffffffff81000000 T _text [module]
            int first = line.IndexOf(' ', StringComparison.Ordinal);
            if (first <= 0 || line.Length < first + 4
                || !ulong.TryParse(line.AsSpan(0, first), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
            {
                continue;
            }

            ReadOnlySpan<char> rest = line.AsSpan(first + 3);
            int end = rest.IndexOfAny('\t', ' ');
            string name = (end < 0 ? rest : rest[..end]).ToString();
            string? module = end < 0 ? null : rest[(end + 1)..].Trim().Trim("[]").ToString();
            Symbol symbol = new(address, line[first + 1], name, module);
            byName.TryAdd(name, symbol);
            all.Add(symbol);
        }

        Symbol[] sorted = [.. all];
        Array.Sort(sorted, static (a, b) => a.Address.CompareTo(b.Address));
        return new KernelSymbols(byName, sorted);
    }
}
