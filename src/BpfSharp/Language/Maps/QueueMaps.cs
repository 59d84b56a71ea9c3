using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Values without keys that are pushed and popped.</summary>
/// <typeparam name="T">Value.</typeparam>
public abstract class PushMap<T> : MapDeclaration where T : unmanaged
{
    private protected PushMap(MapType type, int maxEntries, MapFlags flags)
        : base(type, 0, Unsafe.SizeOf<T>(), maxEntries, flags)
    {
    }

    private PlainQueue<T> Values => (PlainQueue<T>)PlainStorage;

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryPush(in T value) => Push(in value, 0) == 0;

    /// <summary>Adds a value, dropping the oldest if there is no room.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    public bool PushOver(in T value) => Push(in value, 2) == 0;

    /// <summary>Takes the next value.</summary>
    /// <param name="value">It; zeros if there is none.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryPop(out T value) => Pop(out value) == 0;

    /// <summary>Copies the next value and leaves it.</summary>
    /// <param name="value">It; zeros if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryPeek(out T value) => Peek(out value) == 0;

    [BpfHelperCall(87)]
    private long Push(in T value, ulong flags) => Values.Push(in value, flags);

    [BpfHelperCall(88)]
    private long Pop(out T value) => Values.Take(out value, remove: true);

    [BpfHelperCall(89)]
    private long Peek(out T value) => Values.Take(out value, remove: false);

    private protected override PlainStorage CreateStorage() => new PlainQueue<T>(this);
}

/// <summary>First in, first out.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="maxEntries">Most values.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.Queue, ValueArgument = 0)]
public sealed class QueueMap<T>(int maxEntries, MapFlags flags = MapFlags.None)
    : PushMap<T>(MapType.Queue, maxEntries, flags)
    where T : unmanaged;

/// <summary>Last in, first out.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="maxEntries">Most values.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.Stack, ValueArgument = 0)]
public sealed class StackMap<T>(int maxEntries, MapFlags flags = MapFlags.None)
    : PushMap<T>(MapType.Stack, maxEntries, flags)
    where T : unmanaged;

/// <summary>Set that answers "certainly not" or "perhaps".</summary>
/// <typeparam name="T">Value; compared by its bytes.</typeparam>
/// <param name="maxEntries">How many values it is made for.</param>
/// <param name="flags">Creation flags.</param>
[BpfMapKind(MapType.BloomFilter, ValueArgument = 0)]
public sealed class BloomFilter<T>(int maxEntries, MapFlags flags = MapFlags.None)
    : MapDeclaration(MapType.BloomFilter, 0, Unsafe.SizeOf<T>(), maxEntries, flags)
    where T : unmanaged
{
    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    public bool Add(in T value) => Push(in value, 0) == 0;

    /// <summary>Whether the value may have been added; plain C# knows exactly.</summary>
    /// <param name="value">The value.</param>
    public bool MayContain(in T value)
    {
        T copy = value;
        return Peek(ref copy) == 0;
    }

    private PlainTable<T, byte> Table => (PlainTable<T, byte>)PlainStorage;

    [BpfHelperCall(87)]
    private long Push(in T value, ulong flags) => Table.Store(in value, 1, flags);

    [BpfHelperCall(89)]
    private long Peek(ref T value) => Unsafe.IsNullRef(ref Table.Find(in value)) ? -Diagnostics.Errno.Enoent : 0;

    private protected override PlainStorage CreateStorage() => new PlainTable<T, byte>(this, MaxEntries);
}
