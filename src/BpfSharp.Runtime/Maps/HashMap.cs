using System.Numerics;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Hash maps: plain, per-CPU, and both with eviction of the least recently used.</summary>
/// <remarks>
/// Readers take no lock. Writers lock the bucket's stripe. Replacing an element links a new one before the old is taken out,
/// so that readers see one value or the other, and a pointer taken before still shows the old value, as in the kernel. As there,
/// a program that keeps a pointer while others delete and add may see the value of another key: elements are used again.
/// </remarks>
internal unsafe partial class HashMap : RuntimeMap
{
    private const int MaxStripes = 64;
    private const int LineInts = 16;

    private readonly HashTable* _table;
    private readonly NodePool _pool;
    private readonly Find _find;
    private readonly int* _locks;
    private readonly HashNode** _spares;
    private readonly uint _stripes;
    private readonly uint _buckets;
    private readonly int _valueStride;
    private readonly bool _isPerCpu;
    private readonly bool _evicts;
    private uint _hand;

    /// <summary>Makes an empty map.</summary>
    public HashMap(MapSpec spec) : base(spec)
    {
        _isPerCpu = spec.Type is MapType.PerCpuHash or MapType.LruPerCpuHash;
        _evicts = spec.Type is MapType.LruHash or MapType.LruPerCpuHash;
        _buckets = (uint)Math.Max(2, BitOperations.RoundUpToPowerOf2((ulong)spec.MaxEntries));
        _stripes = Math.Min(_buckets, MaxStripes);
        _valueStride = Bytes.RoundUp8(StoredValueSize);

        // One spare element per stripe beyond the capacity: replacing works in a full map, too.
        _pool = new NodePool(spec.MaxEntries, _stripes, spec.KeySize, _valueStride, _isPerCpu ? CpuSlots.Count : 1);
        _locks = (int*)NativeMemory.AllocZeroed(_stripes * LineInts, sizeof(int));
        _spares = (HashNode**)NativeMemory.AllocZeroed(_stripes, (nuint)sizeof(nint));
        _table = (HashTable*)NativeMemory.AllocZeroed((nuint)sizeof(HashTable));
        _table->Buckets = (nuint*)NativeMemory.Alloc(_buckets, (nuint)sizeof(nuint));
        for (ulong bucket = 0; bucket < _buckets; bucket++)
        {
            _table->Buckets[bucket] = HashTable.EndOf(bucket);
        }

        for (uint stripe = 0; stripe < _stripes; stripe++)
        {
            _spares[stripe] = _pool.Spare(stripe);
        }

        bool zeroSeed = (spec.Flags & MapFlags.ZeroSeed) != 0;
        _table->Multiplier = (zeroSeed ? 0x9E37_79B9_7F4A_7C15 : (ulong)Random.Shared.NextInt64()) | 1;
        _table->Seed = zeroSeed ? 0 : (ulong)Random.Shared.NextInt64();
        _table->Shift = 64 - BitOperations.Log2(_buckets);
        _table->KeySize = spec.KeySize;
        _table->CpuBytes = _isPerCpu ? (nint)_pool.CpuBytes : 0;
        _find = ChooseFind();
    }

    /// <inheritdoc/>
    public override int ValueBytes => _isPerCpu ? _valueStride * CpuSlots.Count : Spec.ValueSize;

    /// <inheritdoc/>
    public override LookupShape LookupShape =>
        new(LookupKind.Static, (nuint)_table, Method: _find.Method);

    /// <inheritdoc/>
    public override (nuint Start, nuint Bytes) FlatValues => ((nuint)_pool.Values, _pool.ValueBytes);

    /// <inheritdoc/>
    public override bool HasElements => true;

    /// <summary>Bytes the map keeps for a value; maps of maps keep a handle.</summary>
    protected virtual int StoredValueSize => Spec.ValueSize;

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => _find((byte*)_table, key, cpu);

    /// <inheritdoc/>
    public override byte* LookupElementOf(byte* key, int cpu) =>
        (uint)cpu < (uint)CpuSlots.Count ? _find((byte*)_table, key, cpu) : null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => Write(key, value, flags, cpu, allCpus: false);

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        ulong bucket = BucketOf(key);
        HashNode* node = Unlink(key, bucket);
        if (node is null)
        {
            return -Errno.Enoent;
        }

        Removed(node);
        _pool.Give(node, (uint)bucket);
        return 0;
    }

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) =>
        (nuint)(address - _pool.Values) < _pool.ValueBytes && bytes <= _pool.ValueBytes - (nuint)(address - _pool.Values);

    /// <inheritdoc/>
    public override bool NextElements(ref long cursor, int most, List<ElementRef> group)
    {
        if ((ulong)cursor >= _buckets)
        {
            return false;
        }

        uint bucket = (uint)cursor++;
        int* gate = Lock(bucket);
        for (nuint at = _table->Buckets[bucket]; (at & 1) == 0; at = ((HashNode*)at)->Next)
        {
            HashNode* node = (HashNode*)at;
            group.Add(new ElementRef((nint)node + HashNode.HeaderBytes, (nint)node->Value));
        }

        ValueLock.Leave((byte*)gate);
        return true;
    }

    /// <inheritdoc/>
    public override bool IsAlive(ElementRef element) => ((HashNode*)(element.Key - HashNode.HeaderBytes))->InUse;

    /// <inheritdoc/>
    public override byte* ValueOf(ElementRef element, int cpu) => (byte*)element.Value + (cpu * _table->CpuBytes);

    /// <inheritdoc/>
    /// <remarks>
    /// Copies under the bucket's lock, so that user space never gets another key's value; and unlike a program's lookup,
    /// looking from outside does not count as a use.
    /// </remarks>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu)
    {
        if ((flags & ~MapOperation.Lock) != 0 || !AllowsLock(flags))
        {
            return -Errno.Einval;
        }

        ulong bucket = BucketOf(key);
        int* gate = Lock(bucket);
        HashNode* node = FindLocked(key, bucket, out _);
        bool locksValue = node is not null && (flags & MapOperation.Lock) != 0;
        if (locksValue)
        {
            ValueLock.Enter(node->Value + LockOffset);
        }

        if (node is not null)
        {
            CopyOut(node->Value, value);
        }

        if (locksValue)
        {
            ValueLock.Leave(node->Value + LockOffset);
        }

        ValueLock.Leave((byte*)gate);
        return node is null ? -Errno.Enoent : 0;
    }

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) =>
        (int)Write(key, value, flags, cpu, allCpus: _isPerCpu);

    /// <inheritdoc/>
    protected override int TakeValue(byte* key, byte* value, ulong flags, int cpu)
    {
        if ((flags & ~MapOperation.Lock) != 0 || !AllowsLock(flags))
        {
            return -Errno.Einval;
        }

        ulong bucket = BucketOf(key);
        HashNode* node = Unlink(key, bucket);
        if (node is null)
        {
            return -Errno.Enoent;
        }

        CopyOut(node->Value, value);
        Removed(node);
        _pool.Give(node, (uint)bucket);
        return 0;
    }

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following)
    {
        ulong bucket = 0;
        if (key is not null)
        {
            bucket = BucketOf(key);
            int* gate = Lock(bucket);
            HashNode* node = FindLocked(key, bucket, out _);
            bool found = false;
            if (node is not null)
            {
                found = CopyFirst(node->Next, following);
                bucket++;
            }
            else
            {
                bucket = ulong.MaxValue;
            }

            ValueLock.Leave((byte*)gate);
            if (found)
            {
                return 0;
            }

            // A key that is not there starts the walk anew, as in the kernel.
            bucket = bucket == ulong.MaxValue ? 0 : bucket;
        }

        for (; bucket < _buckets; bucket++)
        {
            if ((Volatile.Read(ref _table->Buckets[bucket]) & 1) != 0)
            {
                continue;
            }

            int* gate = Lock(bucket);
            bool found = CopyFirst(_table->Buckets[bucket], following);
            ValueLock.Leave((byte*)gate);
            if (found)
            {
                return 0;
            }
        }

        return -Errno.Enoent;
    }

    /// <inheritdoc/>
    protected override void CopyOut(byte* element, byte* value)
    {
        if (!_isPerCpu)
        {
            base.CopyOut(element, value);
            return;
        }

        for (int cpu = 0; cpu < CpuSlots.Count; cpu++)
        {
            Bytes.Copy(element + (cpu * _table->CpuBytes), value + (cpu * _valueStride), _valueStride);
        }
    }

    /// <summary>Called for an element that left the map, before it is used again.</summary>
    protected virtual void Removed(HashNode* node)
    {
    }

    /// <summary>Stores a value in an element that no reader can see yet.</summary>
    protected virtual void Store(HashNode* node, byte* value) => CopyIn(value, node->Value);

    /// <inheritdoc/>
    protected override void Free()
    {
        _pool.Free();
        NativeMemory.Free(_locks);
        NativeMemory.Free(_spares);
        NativeMemory.Free(_table->Buckets);
        NativeMemory.Free(_table);
    }

    /// <summary>The values in the map, for maps that own what their values refer to.</summary>
    protected List<nint> ValuesInUse()
    {
        List<nint> values = [];
        for (uint i = 0; i < _pool.Total; i++)
        {
            if (_pool[i]->InUse)
            {
                values.Add((nint)_pool[i]->Value);
            }
        }

        return values;
    }

    private long Write(byte* key, byte* value, ulong flags, int cpu, bool allCpus)
    {
        if ((flags & ~MapOperation.Lock) > MapOperation.Exist || !AllowsLock(flags))
        {
            return -Errno.Einval;
        }

        ulong mode = flags & ~MapOperation.Lock;
        bool locked = (flags & MapOperation.Lock) != 0;
        ulong bucket = BucketOf(key);
        HashNode* fresh = null;
        if (_evicts)
        {
            // Taken before the bucket is locked: making room may lock another bucket.
            fresh = TakeEvicting((uint)bucket);
            if (fresh is null)
            {
                return -Errno.Enomem;
            }
        }

        int* gate = Lock(bucket);
        HashNode* old = FindLocked(key, bucket, out nuint* link);
        long result = 0;
        if (old is not null && mode == MapOperation.NoExist)
        {
            result = -Errno.Eexist;
        }
        else if (old is null && mode == MapOperation.Exist)
        {
            result = -Errno.Enoent;
        }
        else if (old is not null && (_isPerCpu || locked))
        {
            Overwrite(old, value, cpu, allCpus, locked);
        }
        else
        {
            HashNode* node = fresh;
            fresh = null;
            node = node is null ? TakeFor(old, bucket) : node;
            if (node is null)
            {
                result = -Errno.E2Big;
            }
            else
            {
                Fill(node, key, value, cpu, allCpus);
                Publish(node, old, link, bucket);
                if (old is not null)
                {
                    old->InUse = false;
                    Removed(old);
                    if (_evicts)
                    {
                        fresh = old;
                    }
                    else
                    {
                        _spares[bucket % _stripes] = old;
                    }
                }
            }
        }

        ValueLock.Leave((byte*)gate);
        if (fresh is not null)
        {
            _pool.Give(fresh, (uint)bucket);
        }

        return result;
    }

    /// <summary>An element for a new value: a free one for a new key, the stripe's spare to replace an old one.</summary>
    private HashNode* TakeFor(HashNode* old, ulong bucket) =>
        old is null ? _pool.Take((uint)bucket) : _spares[bucket % _stripes];

    private void Overwrite(HashNode* node, byte* value, int cpu, bool allCpus, bool locked)
    {
        if (allCpus)
        {
            for (int slot = 0; slot < CpuSlots.Count; slot++)
            {
                CopyIn(value + (slot * _valueStride), node->Value + (slot * _table->CpuBytes));
            }
        }
        else if (_isPerCpu)
        {
            CopyIn(value, node->Value + (cpu * _table->CpuBytes));
        }
        else if (locked)
        {
            ValueLock.Enter(node->Value + LockOffset);
            CopyIn(value, node->Value);
            ValueLock.Leave(node->Value + LockOffset);
        }
    }

    private void Fill(HashNode* node, byte* key, byte* value, int cpu, bool allCpus)
    {
        Bytes.Copy(key, (byte*)node + HashNode.HeaderBytes, Spec.KeySize);
        for (int slot = 0; slot < (_isPerCpu ? CpuSlots.Count : 1); slot++)
        {
            byte* place = node->Value + (slot * _table->CpuBytes);
            NativeMemory.Clear(place, (nuint)_valueStride);
            if (!_isPerCpu)
            {
                Store(node, value);
            }
            else if (allCpus)
            {
                CopyIn(value + (slot * _valueStride), place);
            }
            else if (slot == cpu)
            {
                CopyIn(value, place);
            }
        }

        node->Referenced = false;
        node->InUse = true;
    }

    /// <summary>Links a new node in front of its bucket, then takes the old one out.</summary>
    /// <remarks>
    /// Always in front: a reader that stands on a node which is used again in the same bucket is led through the whole chain
    /// once more. Anywhere else it would be led past elements, and the end of the chain would not tell.
    /// </remarks>
    private void Publish(HashNode* node, HashNode* old, nuint* link, ulong bucket)
    {
        nuint* first = &_table->Buckets[bucket];
        node->Next = *first;
        Volatile.Write(ref *first, (nuint)node);
        if (old is not null)
        {
            Volatile.Write(ref *(link == first ? &node->Next : link), old->Next);
        }
    }

    /// <summary>Finds a node in a locked bucket.</summary>
    /// <param name="key">The key.</param>
    /// <param name="bucket">Its bucket, locked.</param>
    /// <param name="link">The word that refers to the node.</param>
    private HashNode* FindLocked(byte* key, ulong bucket, out nuint* link)
    {
        link = &_table->Buckets[bucket];
        while ((*link & 1) == 0)
        {
            HashNode* node = (HashNode*)*link;
            if (Bytes.AreEqual((byte*)node + HashNode.HeaderBytes, key, Spec.KeySize))
            {
                return node;
            }

            link = &node->Next;
        }

        return null;
    }

    private HashNode* Unlink(byte* key, ulong bucket)
    {
        int* gate = Lock(bucket);
        HashNode* node = FindLocked(key, bucket, out nuint* link);
        if (node is not null)
        {
            Volatile.Write(ref *link, node->Next);
            node->InUse = false;
        }

        ValueLock.Leave((byte*)gate);
        return node;
    }

    /// <summary>A free element; if there is none, the first that was not used since the hand last passed.</summary>
    private HashNode* TakeEvicting(uint stripe)
    {
        HashNode* node = _pool.Take(stripe);
        for (ulong tries = 0; node is null && tries < 4 * (ulong)Spec.MaxEntries + 64; tries++)
        {
            HashNode* candidate = _pool[Interlocked.Increment(ref _hand) % Spec.MaxEntries];
            if (!candidate->InUse)
            {
                node = _pool.Take(stripe);
            }
            else if (candidate->Referenced)
            {
                candidate->Referenced = false;
            }
            else if (TryUnlink(candidate))
            {
                Removed(candidate);
                node = candidate;
            }
        }

        return node;
    }

    private bool TryUnlink(HashNode* victim)
    {
        ulong bucket = BucketOf((byte*)victim + HashNode.HeaderBytes);
        int* gate = Lock(bucket);
        bool found = false;
        for (nuint* link = &_table->Buckets[bucket]; (*link & 1) == 0; link = &((HashNode*)*link)->Next)
        {
            if (*link == (nuint)victim)
            {
                Volatile.Write(ref *link, victim->Next);
                victim->InUse = false;
                found = true;
                break;
            }
        }

        ValueLock.Leave((byte*)gate);
        return found;
    }

    private bool CopyFirst(nuint link, byte* following)
    {
        if ((link & 1) != 0)
        {
            return false;
        }

        Bytes.Copy((byte*)link + HashNode.HeaderBytes, following, Spec.KeySize);
        return true;
    }

    private int* Lock(ulong bucket)
    {
        int* gate = _locks + (bucket % _stripes * LineInts);
        ValueLock.Enter((byte*)gate);
        return gate;
    }

    private ulong BucketOf(byte* key) => Spec.KeySize switch
    {
        4 => Key4.Bucket(_table, key),
        8 => Key8.Bucket(_table, key),
        16 => Key16.Bucket(_table, key),
        _ => KeyAny.Bucket(_table, key),
    };
}
