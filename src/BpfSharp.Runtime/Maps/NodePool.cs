using System.Runtime.InteropServices;

namespace BpfSharp.Runtime.Maps;

/// <summary>The elements of a hash map: a fixed number, never unmapped before the map is, free ones in striped lists.</summary>
/// <remarks>
/// An element belongs to a key only while it is in the map, but its memory stays an element for ever (type-stable): a
/// program that still holds the value's address after a deletion reads an old or another element's value, never freed memory.
/// </remarks>
internal sealed unsafe class NodePool
{
    private const int Stripes = 16;
    private const int LineInts = 16;

    private readonly byte* _nodes;
    private readonly byte* _values;
    private readonly int* _lists;
    private readonly nuint _nodeBytes;
    private readonly nuint _valueStride;
    private readonly uint _capacity;
    private uint _unused;

    /// <summary>Makes room for elements; memory is touched only as they are used.</summary>
    /// <param name="capacity">Elements that can be taken.</param>
    /// <param name="spares">Elements beyond them, see <see cref="Spare"/>.</param>
    /// <param name="keySize">Bytes of a key.</param>
    /// <param name="valueStride">Bytes from value to value.</param>
    /// <param name="copies">Values of one element: 1, or one per CPU slot.</param>
    public NodePool(uint capacity, uint spares, int keySize, int valueStride, int copies)
    {
        _capacity = capacity;
        _nodeBytes = (nuint)(HashNode.HeaderBytes + Memory.Bytes.RoundUp8(keySize));
        _valueStride = (nuint)valueStride;
        nuint total = (nuint)capacity + spares;
        CpuBytes = total * (nuint)valueStride;
        ValueBytes = CpuBytes * (nuint)copies;
        _nodes = (byte*)NativeMemory.AllocZeroed(total, _nodeBytes);
        _values = (byte*)NativeMemory.AllocZeroed(Math.Max(ValueBytes, 8));
        _lists = (int*)NativeMemory.AllocZeroed(Stripes * LineInts, sizeof(int));
    }

    /// <summary>Bytes from one CPU slot's values to the next.</summary>
    public nuint CpuBytes { get; }

    /// <summary>Bytes of all values.</summary>
    public nuint ValueBytes { get; }

    /// <summary>First value.</summary>
    public byte* Values => _values;

    /// <summary>How many elements there are, spares included.</summary>
    public uint Total => (uint)(CpuBytes / _valueStride);

    /// <summary>An element by number.</summary>
    public HashNode* this[uint index] => (HashNode*)(_nodes + (index * _nodeBytes));

    /// <summary>A spare element: one replaces an element of a full map.</summary>
    public HashNode* Spare(uint number)
    {
        HashNode* node = this[_capacity + number];
        node->Value = _values + ((_capacity + number) * _valueStride);
        return node;
    }

    /// <summary>Takes a free element, from the stripe's list if it has one; null if all are in use.</summary>
    public HashNode* Take(uint stripe)
    {
        stripe %= Stripes;
        HashNode* node = TakeFrom(stripe);
        if (node is null && Volatile.Read(ref _unused) < _capacity)
        {
            uint index = Interlocked.Increment(ref _unused) - 1;
            if (index < _capacity)
            {
                node = this[index];
                node->Value = _values + (index * _valueStride);
                return node;
            }

            Interlocked.Decrement(ref _unused);
        }

        for (uint other = 1; node is null && other < Stripes; other++)
        {
            node = TakeFrom((stripe + other) % Stripes);
        }

        return node;
    }

    /// <summary>Gives an element back.</summary>
    public void Give(HashNode* node, uint stripe)
    {
        int* list = _lists + (stripe % Stripes * LineInts);
        ValueLock.Enter((byte*)list);
        node->FreeLink = (uint)list[1];
        list[1] = (int)((nuint)((byte*)node - _nodes) / _nodeBytes) + 1;
        ValueLock.Leave((byte*)list);
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(_nodes);
        NativeMemory.Free(_values);
        NativeMemory.Free(_lists);
    }

    private HashNode* TakeFrom(uint stripe)
    {
        int* list = _lists + (stripe * LineInts);
        if (Volatile.Read(ref list[1]) == 0)
        {
            return null;
        }

        ValueLock.Enter((byte*)list);
        HashNode* node = null;
        if (list[1] != 0)
        {
            node = this[(uint)list[1] - 1];
            list[1] = (int)node->FreeLink;
        }

        ValueLock.Leave((byte*)list);
        return node;
    }
}
