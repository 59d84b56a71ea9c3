using System.Diagnostics.CodeAnalysis;
using BpfSharp.Hosting;

namespace BpfSharp.Language;

/// <summary>A class marked with <see cref="BpfObjectAttribute"/> that lives in a host: its declarations are the keys to what is live.</summary>
public class DeclaredObject : LoadedObject
{
    private readonly LoadedObject _loaded;

    /// <summary>Wraps an object of the class that was loaded otherwise (edited first, for example); owns it.</summary>
    /// <param name="loaded">The live object.</param>
    public DeclaredObject(LoadedObject loaded)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        _loaded = loaded is DeclaredObject declared ? declared._loaded : loaded;
    }

    /// <inheritdoc/>
    public override IBpfHost Host => _loaded.Host;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedProgram> Programs => _loaded.Programs;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedMap> Maps => _loaded.Maps;

    /// <inheritdoc/>
    public override string Engine => _loaded.Engine;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _loaded.Dispose();

    /// <summary>Loads a class: reads the object embedded at build, or compiles it now where the compiler is referenced.</summary>
    /// <param name="host">Where.</param>
    /// <param name="type">The class.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    public static DeclaredObject Load(
        IBpfHost host, [DynamicallyAccessedMembers(Declarations.Needed)] Type type, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new DeclaredObject(host.Load(Declarations.Read(type), options));
    }
}
