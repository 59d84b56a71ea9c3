using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>A class marked with <see cref="BpfObjectAttribute"/> that lives in a host: its declarations are the keys to what is live.</summary>
public class DeclaredObject : LoadedObject
{
    private readonly LoadedObject _loaded;
    private readonly Lock _gate = new();
    private readonly Dictionary<MapDeclaration, IDisposable> _readers = new(ReferenceEqualityComparer.Instance);

    /// <summary>Wraps an object of the class that was loaded otherwise (edited first, for example); owns it.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="source">What was loaded; <see langword="null"/> if unknown (then nobody counts lost records).</param>
    public DeclaredObject(LoadedObject loaded, BpfObject? source = null)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        _loaded = loaded is DeclaredObject declared ? declared._loaded : loaded;
        Source = source ?? (loaded as DeclaredObject)?.Source;
    }

    /// <summary>What was loaded.</summary>
    public BpfObject? Source { get; }

    /// <inheritdoc/>
    public override IBpfHost Host => _loaded.Host;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedProgram> Programs => _loaded.Programs;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedMap> Maps => _loaded.Maps;

    /// <inheritdoc/>
    public override string Engine => _loaded.Engine;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            foreach (IDisposable reader in _readers.Values)
            {
                reader.Dispose();
            }

            _readers.Clear();
        }

        _loaded.Dispose();
    }

    /// <summary>The reader of a declaration's records: one for the life of the object.</summary>
    internal IRingBuffer<T> Records<T>(MapDeclaration declaration) where T : unmanaged
    {
        lock (_gate)
        {
            if (!_readers.TryGetValue(declaration, out IDisposable? reader))
            {
                reader = new CountedRecords<T>(this.LiveMap(declaration), FindLost(declaration));
                _readers.Add(declaration, reader);
            }

            return (IRingBuffer<T>)reader;
        }
    }

    // Programs count what they could not write in a variable of their own: MAP_lost.
    private Func<long>? FindLost(MapDeclaration declaration)
    {
        if (Programs.Count == 0 || Source is null)
        {
            return null;
        }

        GlobalVariable? counter = Source.Globals.FirstOrDefault(g => g.Name == declaration.Name + "_lost");
        if (counter is null || counter.Size != sizeof(ulong) || !Maps.TryGetValue(counter.Map.Name, out LoadedMap? section))
        {
            return null;
        }

        return () =>
        {
            byte[] value = new byte[section.ValueBytes];
            Span<byte> first = stackalloc byte[sizeof(uint)];
            first.Clear();
            return section.Lookup(first, value) == 0
                ? BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(counter.ByteOffset))
                : 0;
        };
    }

    /// <summary>Loads a class: reads the object embedded at build, or compiles it now where the compiler is referenced.</summary>
    /// <param name="host">Where.</param>
    /// <param name="type">The class.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    public static DeclaredObject Load(
        IBpfHost host, [DynamicallyAccessedMembers(Declarations.Needed)] Type type, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        BpfObject source = Declarations.Read(type);
        return new DeclaredObject(host.Load(source, options), source);
    }
}
