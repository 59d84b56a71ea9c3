using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Hooks;

/// <summary>The kernel functions (kfuncs) programs may call: an open list that grows with the kernel.</summary>
/// <remarks>
/// Names come from the kernel's BTF (decl tag <c>bpf_kfunc</c>) and program types from trying each on a live kernel
/// (Linux 6.18). A function that is not here may still exist in the kernel; its traits are then unknown.
/// </remarks>
public static partial class KfuncTable
{
    /// <summary>All functions known, by name.</summary>
    public static ImmutableArray<KfuncInfo> All => ImmutableCollectionsMarshal.AsImmutableArray(s_rows);

    /// <summary>A function by name, or <see langword="null"/>.</summary>
    /// <param name="name">Name in C; what follows <c>___</c> (a flavour of CO-RE) does not count.</param>
    public static KfuncInfo? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        return ByName.Rows.GetValueOrDefault(flavour > 0 ? name[..flavour] : name);
    }

    // Apart, so that it is filled after the rows, wherever the compiler puts their initialisers.
    private static class ByName
    {
        internal static readonly FrozenDictionary<string, KfuncInfo> Rows =
            s_rows.ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);
    }
}
