using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using BpfSharp.Btf;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Allocated;

/// <summary>Memory of the objects that the programs of one loaded object make. Safe from all threads.</summary>
/// <remarks>
/// Objects of a size share aligned slabs, so that an address leads to its object by one look into a table; slabs live as long
/// as the loaded object. A dropped object's memory waits for the runs that may still read it before another gets it: a program
/// may look at what a concurrent run drops, as under the kernel's RCU.
/// </remarks>
internal sealed unsafe class ObjectHeap(BtfFile? types) : IDisposable
{
    private const int SlabBytes = 1 << 16;

    // The kernel's allocator for programs ends here (BPF_GLOBAL_PERCPU_MA_MAX_SIZE for per-CPU objects).
    private const int MaxBytes = 4096 - 8;
    private const int MaxPerCpuBytes = 512;

    // One object's memory is bounded by the slab, all objects' by this.
    private const int MaxSlabs = 4096;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<nuint, Slab> _slabs = new();
    private readonly Dictionary<int, Stack<nuint>> _free = [];
    private readonly Dictionary<int, GraphField[]> _fields = [];
    private volatile bool _isUsed;

    /// <summary>A piece of memory cut into elements of one size.</summary>
    private sealed class Slab(int elementBytes)
    {
        public int ElementBytes { get; } = elementBytes;

        public AllocatedObject?[] Objects { get; } = new AllocatedObject?[SlabBytes / elementBytes];
    }

    /// <summary>Objects alive.</summary>
    public int Count => _slabs.Values.Sum(slab => slab.Objects.Count(o => o is not null));

    /// <summary>Makes an object, zeroed.</summary>
    /// <param name="typeId">Its type in the object's BTF.</param>
    /// <param name="perCpu">Whether each CPU slot has a copy.</param>
    /// <returns>The object, or <see langword="null"/> if the type is none, too large, or memory is out.</returns>
    public AllocatedObject? New(ulong typeId, bool perCpu)
    {
        if (types is null || typeId == 0 || typeId >= (ulong)types.Count || !types[(int)typeId].IsComposite)
        {
            return null;
        }

        int bytes = types.SizeOf((int)typeId);
        int stride = perCpu ? (bytes + 7) & ~7 : 0;
        if (bytes <= 0 || bytes > (perCpu ? MaxPerCpuBytes : MaxBytes) || (long)stride * CpuSlots.Count > SlabBytes)
        {
            return null;
        }

        int element = SizeClass(perCpu ? stride * CpuSlots.Count : bytes);
        lock (_gate)
        {
            if (!_fields.TryGetValue((int)typeId, out GraphField[]? fields))
            {
                _fields.Add((int)typeId, fields = GraphFieldFinder.Find(types, (int)typeId));
            }

            if (!TryTake(element, out nuint address))
            {
                return null;
            }

            new Span<byte>((void*)address, element).Clear();
            AllocatedObject made = new() { Address = address, Bytes = bytes, TypeId = (int)typeId, Stride = stride, Fields = fields };
            Slab slab = _slabs[address & ~(nuint)(SlabBytes - 1)];
            slab.Objects[(int)(address & (SlabBytes - 1)) / slab.ElementBytes] = made;
            return made;
        }
    }

    /// <summary>The object an address lies in; <see langword="null"/> if it lies in none that lives.</summary>
    public AllocatedObject? Find(nuint address)
    {
        if (!_slabs.TryGetValue(address & ~(nuint)(SlabBytes - 1), out Slab? slab))
        {
            return null;
        }

        int index = (int)(address & (SlabBytes - 1)) / slab.ElementBytes;
        return index < slab.Objects.Length ? Volatile.Read(ref slab.Objects[index]) : null;
    }

    /// <summary>Whether a range lies inside one object that lives.</summary>
    public bool Owns(nuint address, nuint bytes)
    {
        if (!_isUsed || Find(address) is not { } found)
        {
            return false;
        }

        nuint length = found.Stride == 0 ? (nuint)found.Bytes : (nuint)(found.Stride * CpuSlots.Count);
        nuint distance = address - found.Address;
        return distance <= length && bytes <= length - distance;
    }

    /// <summary>Ends an object whose last reference has gone.</summary>
    public void Free(AllocatedObject dead)
    {
        Slab slab = _slabs[dead.Address & ~(nuint)(SlabBytes - 1)];
        Volatile.Write(ref slab.Objects[(int)(dead.Address & (SlabBytes - 1)) / slab.ElementBytes], null);
        RetiredMemory.Add(() =>
        {
            lock (_gate)
            {
                _free[slab.ElementBytes].Push(dead.Address);
            }
        });
    }

    /// <summary>Gives all memory back; no run may use it any more.</summary>
    public void Dispose()
    {
        foreach (nuint slab in _slabs.Keys)
        {
            if (_slabs.TryRemove(slab, out _))
            {
                NativeMemory.AlignedFree((void*)slab);
            }
        }
    }

    // Powers of two and halfway between them.
    private static int SizeClass(int bytes)
    {
        int size = 16;
        while (size < bytes)
        {
            size = size + (size / 2) >= bytes && size >= 32 ? size + (size / 2) : size * 2;
        }

        return size;
    }

    private bool TryTake(int element, out nuint address)
    {
        if (!_free.TryGetValue(element, out Stack<nuint>? free))
        {
            _free.Add(element, free = new Stack<nuint>());
        }

        if (free.Count == 0 && _slabs.Count < MaxSlabs)
        {
            nuint slab = (nuint)NativeMemory.AlignedAlloc(SlabBytes, SlabBytes);
            _slabs[slab] = new Slab(element);
            _isUsed = true;
            for (int i = (SlabBytes / element) - 1; i >= 0; i--)
            {
                free.Push(slab + (nuint)(i * element));
            }
        }

        return free.TryPop(out address);
    }
}
