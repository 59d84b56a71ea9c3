using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Helpers that run in process, by number. To add one: write its body in a file of its topic and add the row to that file's table.</summary>
internal static class HelperBodies
{
    private static readonly HelperRow?[] s_byId = Index();
    private static readonly HelperRow[] s_rows = [.. s_byId.OfType<HelperRow>(), .. KfuncBodies.All];

    /// <summary>The helper with a number, or <see langword="null"/> if it does not run in process.</summary>
    public static HelperRow? Find(long id) => (ulong)id < (ulong)s_byId.Length ? s_byId[id] : null;

    /// <summary>Number of the tail call, which engines do themselves.</summary>
    public const int TailCallId = 12;

    /// <summary>A row by <see cref="IndexOf"/>; kernel functions have theirs behind the helpers'.</summary>
    public static HelperRow Row(int index) => s_rows[index];

    /// <summary>Index of a helper's or kernel function's row.</summary>
    public static int IndexOf(HelperRow row) => Array.IndexOf(s_rows, row);

    /// <summary>All there are.</summary>
    public static IEnumerable<HelperRow> All => s_byId.OfType<HelperRow>();

    // Every topic's rows are listed here.
    private static HelperRow?[] Index()
    {
        HelperRow[][] topics =
        [
            EngineHelpers.Rows, MapHelpers.Rows, ClockHelpers.Rows, TaskHelpers.Rows, ProbeHelpers.Rows, TextHelpers.Rows,
            LoopHelpers.Rows, LockHelpers.Rows, TraceHelpers.Rows, RingHelpers.Rows, DynptrHelpers.Rows, PacketHelpers.Rows,
            PacketShapeHelpers.Rows, ForwardingHelpers.Rows, TimerHelpers.Rows, TunnelHelpers.Rows, AllocationFunctions.Rows,
        ];
        HelperRow?[] byId = new HelperRow?[256];
        foreach (HelperRow row in topics.SelectMany(rows => rows))
        {
            byId[row.Id] = row with { Arguments = HelperDemands.Of(row.Id) };
        }

        return byId;
    }
}

/// <summary>Helpers that belong to the engine itself.</summary>
internal static class EngineHelpers
{
    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(8, "get_smp_processor_id", GetCpu),
    ];

    private static ulong GetCpu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => (uint)run.Cpu;
}
