using BpfSharp.Hooks;
using BpfSharp.Runtime.Helpers;
using Demand = BpfSharp.Runtime.Helpers.HelperArgument;

namespace BpfSharp.Runtime.Tests.Helpers;

/// <summary>Helpers that run in process are rows of <see cref="HelperTable"/>, and checked runs demand what it says.</summary>
public sealed class HelperRowTests
{
    [Fact]
    public void Every_body_is_a_helper_of_the_table()
    {
        Assert.All(HelperBodies.All, row => Assert.Equal(HelperTable.Find(row.Id)?.Name, row.Name));
        Assert.True(HelperBodies.All.Count() > 100);
    }

    public static TheoryData<string, string> Rows => new()
    {
        // helper                 what a checked run demands, argument by argument
        { "map_lookup_elem",      "Map MapKey" },
        { "map_update_elem",      "Map MapKey MapValue Anything" },
        { "map_pop_elem",         "Map MapValueOut" },
        { "skb_load_bytes",       "Context Anything MemoryOut Size" },
        { "csum_diff",            "MemoryOrNull Size MemoryOrNull Size Anything" },
        { "ringbuf_output",       "Map Memory Size Anything" },
        { "snprintf",             "MemoryOut Size Text MemoryOrNull Size" },
        { "for_each_map_elem",    "Map Function Anything Anything" },
        { "spin_lock",            "Out4" },
        { "timer_init",           "Out16 Map Anything" },
        { "dynptr_read",          "MemoryOut Size Out16 Anything Anything" },
        { "kptr_xchg",            "Out8 Anything" },
        { "get_stack",            "Context MemoryOut Size Anything" },
        { "xdp_get_buff_len",     "Context" },
        { "sk_lookup_tcp",        "Context Memory Size Anything Anything" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Checked_runs_demand_what_the_table_says(string helper, string demands)
    {
        Demand[] found = HelperBodies.Find(HelperTable.Find(helper)!.Id)!.Arguments;
        Assert.Equal(demands, string.Join(' ', found));
    }
}
