namespace BpfSharp.Hosting;

/// <summary>An object that lives in a host: its programs, maps and globals. Owns them; disposing detaches and closes.</summary>
public abstract class LoadedObject : IDisposable
{
    /// <summary>Where it lives.</summary>
    public abstract IBpfHost Host { get; }

    /// <summary>Programs by name.</summary>
    public abstract IReadOnlyDictionary<string, LoadedProgram> Programs { get; }

    /// <summary>Maps by name, data sections included.</summary>
    public abstract IReadOnlyDictionary<string, LoadedMap> Maps { get; }

    /// <summary>What runs the programs, for people: <c>kernel JIT</c>, <c>interpreter</c>, <c>JIT</c> …</summary>
    public abstract string Engine { get; }

    /// <summary>The only program, or the one with the name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public LoadedProgram Program(string name) => Programs.TryGetValue(name, out LoadedProgram? program)
        ? program
        : throw new KeyNotFoundException(
            $"no program '{name}' in this object; it has: {string.Join(", ", Programs.Keys.Order())}");

    /// <summary>The map with the name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public LoadedMap Map(string name) => Maps.TryGetValue(name, out LoadedMap? map)
        ? map
        : throw new KeyNotFoundException($"no map '{name}' in this object; it has: {string.Join(", ", Maps.Keys.Order())}");

    /// <summary>Detaches what is attached, and closes everything.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the object owns.</summary>
    /// <param name="disposing">Always <see langword="true"/> here: hosts release native things through handles.</param>
    protected abstract void Dispose(bool disposing);
}
