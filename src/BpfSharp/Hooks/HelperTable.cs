using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Hooks;

/// <summary>The kernel's helper functions: numbers, arguments, results, what they demand.</summary>
/// <remarks>
/// Numbers, names and C prototypes are those of <c>include/uapi/linux/bpf.h</c> (the list is closed: 211 helpers since 6.2;
/// new kernel functions are kfuncs). What a verifier demands of each argument was compared with a live kernel's answers.
/// </remarks>
public static partial class HelperTable
{
    /// <summary>Greatest helper number.</summary>
    public const int LastId = 211;

    /// <summary>All helpers, in the order of their numbers (element 0 is number 1).</summary>
    public static ImmutableArray<HelperInfo> All => ImmutableCollectionsMarshal.AsImmutableArray(s_rows);

    /// <summary>A helper by number, or <see langword="null"/>.</summary>
    public static HelperInfo? Find(int id) => (uint)(id - 1) < LastId ? s_rows[id - 1] : null;

    /// <summary>A helper by name, with or without <c>bpf_</c>, or <see langword="null"/>.</summary>
    public static HelperInfo? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ByName.Rows.GetValueOrDefault(name.StartsWith("bpf_", StringComparison.Ordinal) ? name[4..] : name);
    }

    /// <summary>A helper as programs of a type see it (some take other arguments there), or <see langword="null"/>.</summary>
    /// <remarks>It does not say whether the type may call it: <see cref="ProgramTypeTable"/> does.</remarks>
    public static HelperInfo? Find(int id, ProgramType type)
    {
        foreach (HelperVariant variant in s_variants)
        {
            if (variant.Helper.Id == id && variant.Types.Contains(type))
            {
                return variant.Helper;
            }
        }

        return Find(id);
    }

    // Apart, so that it is filled after the rows, wherever the compiler puts their initialisers.
    private static class ByName
    {
        internal static readonly FrozenDictionary<string, HelperInfo> Rows =
            s_rows.ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);
    }

    private sealed record HelperVariant(ImmutableArray<ProgramType> Types, HelperInfo Helper);
}
