using BpfSharp.Hosting;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>A map of the in-process host. Values live in native memory that never moves.</summary>
/// <remarks>
/// The pointer side is what programs and helpers call: pointers it returns stay valid until every run that could hold
/// them has ended, also when the element is deleted meanwhile (type-stable memory). The byte side is what user code calls.
/// </remarks>
internal abstract unsafe class RuntimeMap : LoadedMap, IDisposable
{
    private int _disposed;

    /// <summary>Makes the map and its handle; derived classes allocate their memory.</summary>
    protected RuntimeMap(MapSpec spec)
    {
        Spec = spec;
        Header = MapHandles.Add(this);
    }

    /// <inheritdoc/>
    public override MapSpec Spec { get; }

    /// <summary>The native header programs hold the address of.</summary>
    public MapHeader* Header { get; }

    /// <summary>What a register of a program holds for this map.</summary>
    public ulong Handle => (ulong)Header;

    /// <summary>Whether this map was made as the inner map of one that holds maps.</summary>
    public bool IsInner { get; set; }

    /// <summary>What the JIT needs to look elements up without calling through the map; <see cref="LookupShape.None"/> if it cannot.</summary>
    public virtual LookupShape LookupShape => LookupShape.None;

    /// <summary>
    /// One piece of memory that holds all values and in which a program can do no harm to the map wherever it writes
    /// (no links, no headers); empty if there is none. The checked JIT tests against it before asking <see cref="Owns"/>.
    /// </summary>
    public virtual (nuint Start, nuint Bytes) FlatValues => default;

    /// <summary>For a program array: the program in a slot, to tail-call; null if the slot is empty or out of range.</summary>
    public virtual Hosting.RuntimeProgram? ProgramAt(uint index) => null;

    /// <summary>For a program array: puts a program in a slot; <see langword="false"/> if this map does not take it.</summary>
    public virtual bool SetProgram(uint index, Hosting.RuntimeProgram program) => false;

    /// <summary>For a map of maps: puts a map in a slot (the index as 32-bit key); <see langword="false"/> if this map does not take it.</summary>
    public virtual bool SetInnerMap(uint index, RuntimeMap inner) => false;

    /// <summary>Address of the value of a key as the program on a CPU slot sees it; null if absent.</summary>
    public abstract byte* LookupElement(byte* key, int cpu);

    /// <summary>Creates or replaces, as <c>bpf_map_update_elem</c> does; 0 or a negative errno.</summary>
    public abstract long UpdateElement(byte* key, byte* value, ulong flags, int cpu);

    /// <summary>Deletes, as <c>bpf_map_delete_elem</c> does; 0 or a negative errno.</summary>
    public abstract long DeleteElement(byte* key);

    /// <summary>
    /// Whether an address range lies inside memory a program may reach through this map (checked mode); a map of maps
    /// answers for its inner maps too.
    /// </summary>
    public abstract bool Owns(byte* address, nuint bytes);

    /// <summary>Frees the map; the host calls it when no run can hold a pointer any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            MapHandles.Remove(this);
            Free();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Frees the native memory; called once.</summary>
    protected abstract void Free();
}
