using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>
/// A map as a program declares it: its shape, and the key to the live map of each load (<c>loaded.Map(declaration)</c>).
/// Run as plain C#, the program works on the declaration's own storage in this process.
/// </summary>
/// <remarks>Declare it as a <c>static readonly</c> field of the object's class. It allocates nothing until used.</remarks>
public abstract class MapDeclaration
{
    private PlainStorage? _storage;

    private protected MapDeclaration(MapType type, int keySize, int valueSize, int maxEntries, MapFlags flags)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxEntries);
        Type = type;
        KeySize = keySize;
        ValueSize = valueSize;
        MaxEntries = maxEntries;
        Flags = flags;
    }

    /// <summary>Kind of map.</summary>
    public MapType Type { get; }

    /// <summary>Bytes of a key; 0 where the kind has none.</summary>
    public int KeySize { get; }

    /// <summary>Bytes of a value (of one CPU's, for per-CPU kinds).</summary>
    public int ValueSize { get; }

    /// <summary>Number of elements; bytes for a ring buffer; pages for an arena.</summary>
    public int MaxEntries { get; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; }

    /// <summary>Name in the object: the field's; known once the class was loaded.</summary>
    public string? Name { get; internal set; }

    /// <summary>Whether hosts pin it by its name, so that loads share it.</summary>
    public bool Pinning { get; init; }

    /// <summary>
    /// The storage that serves plain C#, in bytes: what unit tests fill and read. The same typed views stand on it as on a
    /// loaded map.
    /// </summary>
    public Hosting.LoadedMap Plain => PlainStorage;

    internal PlainStorage PlainStorage
    {
        get
        {
            if (Volatile.Read(ref _storage) is { } storage)
            {
                return storage;
            }

            PlainStorage made = CreateStorage();
            return Interlocked.CompareExchange(ref _storage, made, null) ?? made;
        }
    }

    /// <summary>Forgets what plain C# stored; the next use starts with an empty map.</summary>
    public void ResetPlain() => Volatile.Write(ref _storage, null);

    /// <summary>The shape as data.</summary>
    /// <param name="name">The map's name in an object.</param>
    public MapSpec ToSpec(string name) => new()
    {
        Name = name,
        Type = Type,
        KeySize = KeySize,
        ValueSize = ValueSize,
        MaxEntries = (uint)MaxEntries,
        Flags = Flags,
        Pinning = Pinning ? 1u : 0u,
    };

    private protected abstract PlainStorage CreateStorage();
}
