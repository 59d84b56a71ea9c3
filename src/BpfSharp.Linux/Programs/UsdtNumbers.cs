using System.Runtime.CompilerServices;
using BpfSharp.Hosting;

namespace BpfSharp.Linux.Programs;

/// <summary>Numbers USDT places: unique among the programs that share a map of descriptions.</summary>
internal static class UsdtNumbers
{
    private static readonly ConditionalWeakTable<object, Counter> s_counters = [];

    internal static uint Next(IReadOnlyDictionary<string, LoadedMap>? maps) =>
        maps is null ? 0 : Interlocked.Increment(ref s_counters.GetOrCreateValue(maps).Value) - 1;

    private sealed class Counter
    {
        internal uint Value;
    }
}
