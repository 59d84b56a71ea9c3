using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Longest prefix match: a path-compressed binary trie over the key's bits, most significant first.</summary>
/// <remarks>
/// A key is a 32-bit prefix length in the machine's byte order, then the data. Readers take no lock; nodes taken out wait for
/// the runs of that moment before they are used again, because a reader may stand on them.
/// </remarks>
internal sealed unsafe class LpmTrieMap : RuntimeMap
{
    private const int NodesPerChunk = 256;
    private const int ReclaimAt = 64;

    private readonly Table* _table;
    private readonly int _dataBytes;
    private readonly int _nodeBytes;
    private readonly int _valueStride;
    private readonly Lock _writers = new();
    private readonly List<Chunk> _chunks = [];
    private readonly Stack<nint> _free = new();
    private readonly List<nint> _removed = [];
    private Chunk[] _chunkSnapshot = [];
    private uint _count;

    private delegate byte* Find(byte* table, byte* key, int cpu);

    private readonly record struct Chunk(nint Nodes, nint Values);

    [StructLayout(LayoutKind.Sequential)]
    private struct Table
    {
        public Node* Root;
        public int DataBytes;
        public int MaxPrefix;
    }

    /// <summary>A node; the prefix's data follows. An intermediate node has no value and two children.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Node
    {
        public const int HeaderBytes = 32;
        public Node* Left;
        public Node* Right;
        public byte* Value;
        public uint PrefixLength;
        public bool IsIntermediate;
    }

    /// <summary>Makes an empty trie.</summary>
    public LpmTrieMap(MapSpec spec) : base(spec)
    {
        _dataBytes = spec.KeySize - 4;
        _nodeBytes = Node.HeaderBytes + Bytes.RoundUp8(_dataBytes);
        _valueStride = Bytes.RoundUp8(spec.ValueSize);
        _table = (Table*)NativeMemory.AllocZeroed((nuint)sizeof(Table));
        _table->DataBytes = _dataBytes;
        _table->MaxPrefix = _dataBytes * 8;
    }

    /// <inheritdoc/>
    public override LookupShape LookupShape =>
        new(LookupKind.Static, (nuint)_table, Method: ((Find)FindLongest).Method);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => FindLongest((byte*)_table, key, cpu);

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu)
    {
        uint length = *(uint*)key;
        if (flags > MapOperation.Exist || length > (uint)_table->MaxPrefix)
        {
            return -Errno.Einval;
        }

        lock (_writers)
        {
            return Insert(key + 4, length, value, flags);
        }
    }

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        uint length = *(uint*)key;
        if (length > (uint)_table->MaxPrefix)
        {
            return -Errno.Einval;
        }

        lock (_writers)
        {
            return Remove(key + 4, length);
        }
    }

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes)
    {
        nuint length = (nuint)(NodesPerChunk * _valueStride);
        foreach (Chunk chunk in Volatile.Read(ref _chunkSnapshot))
        {
            nuint distance = (nuint)address - (nuint)chunk.Values;
            if (distance < length)
            {
                return bytes <= length - distance;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override bool HasElements => true;

    /// <inheritdoc/>
    public override bool NextElements(ref long cursor, int most, List<ElementRef> group)
    {
        // One group: the trie has no position that survives changes. Keys are copied by CopyKey from the nodes.
        if (cursor != 0)
        {
            return false;
        }

        cursor = 1;
        lock (_writers)
        {
            Collect(_table->Root, group);
        }

        return true;
    }

    /// <inheritdoc/>
    public override void CopyKey(ElementRef element, byte* to) => WriteKey((Node*)element.Key, to);

    /// <inheritdoc/>
    protected override byte* FindForUser(byte* key)
    {
        // Under the lock, because user space is no run that removed nodes would wait for.
        lock (_writers)
        {
            return FindLongest((byte*)_table, key, 0);
        }
    }

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following)
    {
        lock (_writers)
        {
            List<ElementRef> all = [];
            Collect(_table->Root, all);
            if (all.Count == 0)
            {
                return -Errno.Enoent;
            }

            int index = -1;
            if (key is not null && *(uint*)key <= (uint)_table->MaxPrefix)
            {
                index = all.FindIndex(element => IsKey((Node*)element.Key, key));
            }

            if (index == all.Count - 1)
            {
                return -Errno.Enoent;
            }

            WriteKey((Node*)all[index + 1].Key, following);
            return 0;
        }
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (Chunk chunk in _chunks)
        {
            NativeMemory.Free((void*)chunk.Nodes);
            NativeMemory.Free((void*)chunk.Values);
        }

        NativeMemory.Free(_table);
    }

    private static byte* FindLongest(byte* table, byte* key, int cpu)
    {
        Table* trie = (Table*)table;
        uint wanted = *(uint*)key;
        if (wanted > (uint)trie->MaxPrefix)
        {
            return null;
        }

        Node* found = null;
        Node* node = trie->Root;
        while (node is not null)
        {
            uint match = MatchLength(node, key + 4, wanted, trie->DataBytes);
            if (match == (uint)trie->MaxPrefix)
            {
                return node->IsIntermediate ? found is null ? null : found->Value : node->Value;
            }

            if (match < node->PrefixLength)
            {
                break;
            }

            if (!node->IsIntermediate)
            {
                found = node;
            }

            node = Bit(key + 4, node->PrefixLength) ? node->Right : node->Left;
        }

        return found is null ? null : found->Value;
    }

    /// <summary>How many leading bits of a node's prefix and a key agree, at most the shorter of both lengths.</summary>
    private static uint MatchLength(Node* node, byte* data, uint length, int dataBytes)
    {
        uint limit = Math.Min(node->PrefixLength, length);
        byte* prefix = (byte*)node + Node.HeaderBytes;
        uint match = 0;
        int at = 0;
        for (; at <= dataBytes - 4 && match < limit; at += 4)
        {
            uint difference = BinaryPrimitives.ReverseEndianness(*(uint*)(prefix + at) ^ *(uint*)(data + at));
            match += (uint)BitOperations.LeadingZeroCount(difference);
            if (difference != 0)
            {
                return Math.Min(match, limit);
            }
        }

        for (; at < dataBytes && match < limit; at++)
        {
            int difference = prefix[at] ^ data[at];
            match += (uint)(BitOperations.LeadingZeroCount((uint)difference) - 24);
            if (difference != 0)
            {
                break;
            }
        }

        return Math.Min(match, limit);
    }

    private static bool Bit(byte* data, uint index) => (data[index / 8] & (1 << (int)(7 - (index % 8)))) != 0;

    private long Insert(byte* data, uint length, byte* value, ulong flags)
    {
        Node** link = &_table->Root;
        Node* node;
        uint match = 0;
        while ((node = *link) is not null)
        {
            match = MatchLength(node, data, length, _dataBytes);
            if (node->PrefixLength != match || node->PrefixLength == length || node->PrefixLength == (uint)_table->MaxPrefix)
            {
                break;
            }

            link = Bit(data, node->PrefixLength) ? &node->Right : &node->Left;
        }

        bool isSame = node is not null && node->PrefixLength == match && node->PrefixLength == length;
        bool exists = isSame && !node->IsIntermediate;
        if (exists && flags == MapOperation.NoExist)
        {
            return -Errno.Eexist;
        }

        if (!exists && flags == MapOperation.Exist)
        {
            return -Errno.Enoent;
        }

        if (!exists && _count == Spec.MaxEntries)
        {
            return -Errno.Enospc;
        }

        Node* fresh = TakeNode(data, length);
        CopyIn(value, fresh->Value);
        _count += exists ? 0u : 1;
        if (node is null)
        {
            Volatile.Write(ref *(nint*)link, (nint)fresh);
        }
        else if (isSame)
        {
            fresh->Left = node->Left;
            fresh->Right = node->Right;
            Volatile.Write(ref *(nint*)link, (nint)fresh);
            GiveNode(node);
        }
        else if (match == length)
        {
            // The new prefix is the beginning of the node's.
            SetChild(fresh, node, match);
            Volatile.Write(ref *(nint*)link, (nint)fresh);
        }
        else
        {
            Node* fork = TakeNode(data, match);
            fork->IsIntermediate = true;
            SetChild(fork, node, match);
            SetChild(fork, fresh, match);
            Volatile.Write(ref *(nint*)link, (nint)fork);
        }

        return 0;
    }

    private long Remove(byte* data, uint length)
    {
        Node** link = &_table->Root;
        Node** parentLink = null;
        Node* parent = null;
        Node* node;
        uint match = 0;
        while ((node = *link) is not null)
        {
            match = MatchLength(node, data, length, _dataBytes);
            if (node->PrefixLength != match || node->PrefixLength == length)
            {
                break;
            }

            parent = node;
            parentLink = link;
            link = Bit(data, node->PrefixLength) ? &node->Right : &node->Left;
        }

        if (node is null || node->PrefixLength != length || node->PrefixLength != match || node->IsIntermediate)
        {
            return -Errno.Enoent;
        }

        _count--;
        if (node->Left is not null && node->Right is not null)
        {
            // Readers may stand on the node: it stays, without value.
            Node* fork = TakeNode(data, length);
            fork->IsIntermediate = true;
            fork->Left = node->Left;
            fork->Right = node->Right;
            Volatile.Write(ref *(nint*)link, (nint)fork);
        }
        else if (parent is not null && parent->IsIntermediate && node->Left is null && node->Right is null)
        {
            // A fork with one branch left is no fork.
            Node* other = parent->Left == node ? parent->Right : parent->Left;
            Volatile.Write(ref *(nint*)parentLink, (nint)other);
            GiveNode(parent);
        }
        else
        {
            Volatile.Write(ref *(nint*)link, (nint)(node->Left is not null ? node->Left : node->Right));
        }

        GiveNode(node);
        return 0;
    }

    private static void SetChild(Node* parent, Node* child, uint bit)
    {
        if (Bit((byte*)child + Node.HeaderBytes, bit))
        {
            parent->Right = child;
        }
        else
        {
            parent->Left = child;
        }
    }

    private Node* TakeNode(byte* data, uint length)
    {
        if (_free.Count == 0)
        {
            AddChunk();
        }

        Node* node = (Node*)_free.Pop();
        byte* value = node->Value;
        *node = new Node { Value = value, PrefixLength = length };
        NativeMemory.Clear(value, (nuint)_valueStride);
        byte* prefix = (byte*)node + Node.HeaderBytes;
        for (int i = 0; i < _dataBytes; i++)
        {
            // Bits behind the prefix are kept as given, as the kernel does: NextKey returns the key as it was added.
            prefix[i] = data[i];
        }

        return node;
    }

    private void GiveNode(Node* node)
    {
        _removed.Add((nint)node);
        if (_removed.Count < ReclaimAt)
        {
            return;
        }

        nint[] batch = [.. _removed];
        _removed.Clear();
        bool owns = TryAddOwner();
        RetiredMemory.Add(() =>
        {
            lock (_writers)
            {
                foreach (nint passed in batch)
                {
                    _free.Push(passed);
                }
            }

            if (owns)
            {
                Dispose();
            }
        });
    }

    private void AddChunk()
    {
        Chunk chunk = new(
            (nint)NativeMemory.AllocZeroed(NodesPerChunk, (nuint)_nodeBytes),
            (nint)NativeMemory.AllocZeroed(NodesPerChunk, (nuint)_valueStride));
        _chunks.Add(chunk);
        Volatile.Write(ref _chunkSnapshot, [.. _chunks]);
        for (int i = NodesPerChunk - 1; i >= 0; i--)
        {
            Node* node = (Node*)(chunk.Nodes + (i * _nodeBytes));
            node->Value = (byte*)(chunk.Values + (i * _valueStride));
            _free.Push((nint)node);
        }
    }

    /// <summary>Elements in the kernel's order of <c>get_next_key</c>: children before their parent, left first.</summary>
    private static void Collect(Node* root, List<ElementRef> into)
    {
        Stack<(nint Node, bool Open)> open = new();
        open.Push(((nint)root, true));
        while (open.TryPop(out (nint Node, bool Open) top))
        {
            Node* node = (Node*)top.Node;
            if (node is null)
            {
                continue;
            }

            if (top.Open)
            {
                open.Push((top.Node, false));
                open.Push(((nint)node->Right, true));
                open.Push(((nint)node->Left, true));
            }
            else if (!node->IsIntermediate)
            {
                into.Add(new ElementRef(top.Node, (nint)node->Value));
            }
        }
    }

    private bool IsKey(Node* node, byte* key) =>
        node->PrefixLength == *(uint*)key
        && MatchLength(node, key + 4, node->PrefixLength, _dataBytes) == node->PrefixLength;

    private void WriteKey(Node* node, byte* to)
    {
        *(uint*)to = node->PrefixLength;
        Bytes.Copy((byte*)node + Node.HeaderBytes, to + 4, _dataBytes);
    }
}
