using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>A map of the in-process host. Values live in native memory that never moves.</summary>
/// <remarks>
/// The pointer side is what programs and helpers call: pointers it returns stay valid until every run that could hold
/// them has ended, also when the element is deleted meanwhile (type-stable memory). The byte side is what user code calls.
/// Owners count: the loaded object, every slot of a map of maps that holds it, every open reader, and each call of the byte
/// side while it lasts. When the last one lets go, the memory is freed after the runs of that moment.
/// </remarks>
internal abstract unsafe partial class RuntimeMap : LoadedMap, IDisposable
{
    private int _owners = 1;
    private volatile bool _isFrozen;

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

    /// <summary>The object it was made for, to see quickly that a program may use it; others may share the map.</summary>
    public Hosting.RuntimeObject? FirstOwner { get; set; }

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
    public bool SetInnerMap(uint index, RuntimeMap inner) => SetInnerMap(new ReadOnlySpan<byte>(&index, sizeof(uint)), inner) == 0;

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

    /// <summary>Address of the value of a key on a given CPU slot (<c>bpf_map_lookup_percpu_elem</c>); null if absent.</summary>
    public virtual byte* LookupElementOf(byte* key, int cpu) => null;

    /// <summary>Appends, as <c>bpf_map_push_elem</c> does; 0 or a negative errno.</summary>
    public virtual long Push(byte* value, ulong flags) => -Errno.Enotsupp;

    /// <summary>Takes the next one out, as <c>bpf_map_pop_elem</c> does; 0 or a negative errno.</summary>
    public virtual long Pop(byte* value) => -Errno.Enotsupp;

    /// <summary>Copies the next one, as <c>bpf_map_peek_elem</c> does; 0 or a negative errno.</summary>
    public virtual long Peek(byte* value) => -Errno.Enotsupp;

    /// <summary>Whether the kind of map can be walked by <see cref="NextElements"/>.</summary>
    public virtual bool HasElements => false;

    /// <summary>Walks the elements, for <c>bpf_for_each_map_elem</c> and batches: the next group of them (a bucket, a stretch).</summary>
    /// <param name="cursor">0 at first; the map's own position.</param>
    /// <param name="most">How many are wanted; kinds that have stretches keep to it, a bucket comes whole.</param>
    /// <param name="group">Gets the group's elements; a group may be empty.</param>
    /// <returns><see langword="false"/> after the last group.</returns>
    public virtual bool NextElements(ref long cursor, int most, List<ElementRef> group) => false;

    /// <summary>Whether an element of a group is still the map's.</summary>
    public virtual bool IsAlive(ElementRef element) => true;

    /// <summary>Copies the key of an element.</summary>
    public virtual void CopyKey(ElementRef element, byte* to) => Bytes.Copy((byte*)element.Key, to, Spec.KeySize);

    /// <summary>Address of an element's value on a CPU slot.</summary>
    public virtual byte* ValueOf(ElementRef element, int cpu) => (byte*)element.Value;

    /// <summary>Fields of a value that copies leave alone (locks, timers, kernel pointers), by offset.</summary>
    public SpecialField[] SpecialFields { get; private set; } = [];

    /// <summary>Offset of the <c>bpf_spin_lock</c> in a value; -1 if it has none.</summary>
    public int LockOffset { get; private set; } = -1;

    /// <summary>Says which fields of a value are special; before the map is used.</summary>
    public void SetSpecialFields(IEnumerable<SpecialField> fields)
    {
        SpecialFields = [.. fields.OrderBy(field => field.ByteOffset)];
        LockOffset = -1;
        foreach (SpecialField field in SpecialFields)
        {
            if (field.Kind == SpecialFieldKind.SpinLock)
            {
                LockOffset = field.ByteOffset;
            }
        }
    }

    /// <summary>Whether user space may no longer write.</summary>
    public bool IsFrozen => _isFrozen;

    /// <inheritdoc/>
    public override int Freeze()
    {
        if (!IsWritable)
        {
            return -Errno.Eperm;
        }

        _isFrozen = true;
        return 0;
    }

    /// <summary>Adds an owner.</summary>
    /// <returns><see langword="false"/> if the last one has gone already.</returns>
    public bool TryAddOwner()
    {
        int owners = Volatile.Read(ref _owners);
        while (owners > 0)
        {
            int seen = Interlocked.CompareExchange(ref _owners, owners + 1, owners);
            if (seen == owners)
            {
                return true;
            }

            owners = seen;
        }

        return false;
    }

    /// <summary>Takes an owner away; the last one frees the map when no run can hold a pointer any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            RetiredMemory.Add(() =>
            {
                MapHandles.Remove(this);
                Free();
            });
        }
    }

    /// <summary>Frees the native memory; called once.</summary>
    protected abstract void Free();
}
