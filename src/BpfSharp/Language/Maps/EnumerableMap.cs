using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>What a program does with each element of a map.</summary>
/// <param name="key">The element's key.</param>
/// <param name="value">Its value, in place.</param>
/// <param name="state">What the caller passed.</param>
/// <returns>Whether to go on.</returns>
[BpfCallback(LeadingArguments = 1)]
public delegate bool ElementAction<TKey, TValue, TState>(in TKey key, ref TValue value, ref TState state)
    where TKey : unmanaged
    where TValue : unmanaged
    where TState : unmanaged;

/// <summary>Maps whose elements a program can visit one by one.</summary>
public abstract class EnumerableMap<TKey, TValue> : KeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private protected EnumerableMap(MapType type, int maxEntries, MapFlags flags) : base(type, maxEntries, flags)
    {
    }

    /// <summary>Calls a static method or lambda for each element.</summary>
    /// <typeparam name="TState">What it works on.</typeparam>
    /// <param name="action">The method.</param>
    /// <param name="state">Passed to each call.</param>
    /// <returns>How many elements were visited, or a negative errno.</returns>
    public long ForEach<TState>(ElementAction<TKey, TValue, TState> action, ref TState state) where TState : unmanaged =>
        ForEachElement(action, ref state, 0);

    [BpfHelperCall(164)]
    private long ForEachElement<TState>(ElementAction<TKey, TValue, TState> action, ref TState state, ulong flags)
        where TState : unmanaged
    {
        if (flags != 0)
        {
            return -Errno.Einval;
        }

        PlainTable<TKey, TValue> table = (PlainTable<TKey, TValue>)PlainStorage;
        long visited = 0;
        foreach (TKey key in table.Keys())
        {
            ref TValue value = ref table.Find(in key);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref value))
            {
                continue;
            }

            visited++;
            if (!action(in key, ref value, ref state))
            {
                break;
            }
        }

        return visited;
    }
}
