using System.Collections.Immutable;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux;

/// <summary>An object in the kernel. Owns its descriptors: what is neither pinned nor held by a link goes when it is disposed.</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelObject : LoadedObject
{
    private readonly Dictionary<string, LoadedProgram> _programs;
    private readonly Dictionary<string, LoadedMap> _maps;
    private readonly List<IDisposable> _owned;

    internal KernelObject(
        KernelHost host, Dictionary<string, LoadedProgram> programs, Dictionary<string, LoadedMap> maps, List<IDisposable> owned,
        ImmutableArray<Finding> findings)
    {
        Host = host;
        _programs = programs;
        _maps = maps;
        _owned = owned;
        Findings = findings;
    }

    /// <inheritdoc/>
    public override IBpfHost Host { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedProgram> Programs => _programs;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedMap> Maps => _maps;

    /// <inheritdoc/>
    public override string Engine => "kernel";

    /// <summary>What did not stop the load but is worth knowing: types the kernel would not take, and the like.</summary>
    public ImmutableArray<Finding> Findings { get; }

    /// <summary>The program with the name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public new KernelProgram Program(string name) => (KernelProgram)base.Program(name);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
    }
}
