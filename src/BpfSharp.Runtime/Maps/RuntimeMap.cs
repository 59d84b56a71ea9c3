using BpfSharp.Hosting;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>A map of the in-process host. Values live in native memory that never moves.</summary>
/// <remarks>
/// The pointer side is what programs and helpers call: pointers it returns stay valid until every run that could hold
/// them has ended, also when the element is deleted meanwhile (type-stable memory). The byte side is what user code calls.
/// </remarks>
internal abstract unsafe class RuntimeMap(MapSpec spec) : LoadedMap, IDisposable
{
    /// <inheritdoc/>
    public override MapSpec Spec { get; } = spec;

    /// <summary>Address of the value of a key as the program on a CPU slot sees it; null if absent.</summary>
    public abstract byte* LookupElement(byte* key, int cpu);

    /// <summary>Creates or replaces, as <c>bpf_map_update_elem</c> does; 0 or a negative errno.</summary>
    public abstract long UpdateElement(byte* key, byte* value, ulong flags, int cpu);

    /// <summary>Deletes, as <c>bpf_map_delete_elem</c> does; 0 or a negative errno.</summary>
    public abstract long DeleteElement(byte* key);

    /// <summary>Whether an address range lies inside memory a program may reach through this map (checked mode).</summary>
    public abstract bool Owns(byte* address, nuint bytes);

    /// <summary>Frees the native memory; the host calls it when no run can hold a pointer any more.</summary>
    public abstract void Dispose();
}
