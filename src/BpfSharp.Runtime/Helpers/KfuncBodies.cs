namespace BpfSharp.Runtime.Helpers;

/// <summary>Kernel functions that run in process, by name. To add one: write its body and add a row.</summary>
internal static class KfuncBodies
{
    private static readonly Dictionary<string, HelperRow> s_byName = Index();

    /// <summary>The function with a name, or <see langword="null"/> if it does not run in process.</summary>
    public static HelperRow? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>All there are.</summary>
    public static IEnumerable<HelperRow> All => s_byName.Values;

    // Every topic's rows are listed here; their ids are not used.
    private static Dictionary<string, HelperRow> Index()
    {
        HelperRow[][] topics = [KernelFunctions.Rows, DynptrHelpers.KfuncRows, AllocationFunctions.KfuncRows];
        return topics.SelectMany(rows => rows).ToDictionary(row => row.Name);
    }
}
