using System.Text;

namespace BpfSharp.Btf;

public sealed partial class BtfFile
{
    private NameIndex? _names;

    /// <summary>The first type with a name and kind.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>Its id, or 0 if there is none.</returns>
    public int Find(string name, BtfKind kind)
    {
        Span<byte> buffer = stackalloc byte[256];
        int length = Encoding.UTF8.GetMaxByteCount(name.Length) <= buffer.Length
            ? Encoding.UTF8.GetBytes(name, buffer) : -1;
        return Find(length >= 0 ? buffer[..length] : Encoding.UTF8.GetBytes(name), kind);
    }

    /// <summary>The first type with a name and kind.</summary>
    /// <param name="name">The whole name as UTF-8.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>Its id, or 0 if there is none.</returns>
    public int Find(ReadOnlySpan<byte> name, BtfKind kind)
    {
        int inBase = Base?.Find(name, kind) ?? 0;
        if (inBase != 0)
        {
            return inBase;
        }

        NameIndex names = Names();
        for (int id = names.First(EssentialName(name)); id != 0; id = names.Next(id))
        {
            BtfType type = this[id];
            if (type.Kind == kind && type.NameBytes.SequenceEqual(name))
            {
                return id;
            }
        }

        return 0;
    }

    /// <summary>The first type with a name and kind.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="type">The type, when the method returns <see langword="true"/>.</param>
    public bool TryFind(string name, BtfKind kind, out BtfType type)
    {
        int id = Find(name, kind);
        type = this[id];
        return id != 0;
    }

    /// <summary>A name without CO-RE flavour: <c>task_struct___old</c> is a flavour of <c>task_struct</c>.</summary>
    /// <param name="name">A name.</param>
    public static ReadOnlySpan<byte> EssentialName(ReadOnlySpan<byte> name)
    {
        if (name.IndexOf("___"u8) < 0)
        {
            return name;
        }

        // The last "___" counts, and it must have a character other than '_' on both sides (libbpf's rule).
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_')
            {
                return name[..(i + 1)];
            }
        }

        return name;
    }

    /// <summary>The types whose essential name is given: first id, then by <see cref="NameIndex.Next"/>. This set's own only.</summary>
    internal NameIndex Names() => _names ?? Interlocked.CompareExchange(ref _names, new NameIndex(this), null) ?? _names;

    /// <summary>Chains of type ids by the hash of their essential names.</summary>
    internal sealed class NameIndex
    {
        private readonly BtfFile _file;
        private readonly int[] _buckets;
        private readonly int[] _next;

        internal NameIndex(BtfFile file)
        {
            _file = file;
            int count = file._offsets.Length;
            _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 1))];
            _next = new int[count];
            Fill(file._data.Span);
        }

        /// <summary>The first candidate of a chain; the caller compares names.</summary>
        internal int First(ReadOnlySpan<byte> essentialName) =>
            _buckets[Hash(essentialName) & (uint)(_buckets.Length - 1)];

        /// <summary>The next candidate of the chain, or 0.</summary>
        internal int Next(int id) => _next[id - _file.FirstId];

        private void Fill(ReadOnlySpan<byte> data)
        {
            ReadOnlySpan<byte> strings = data.Slice(_file._stringsAt, _file._stringsLength);

            // From the last to the first, so that a chain is in ascending order.
            for (int i = _next.Length - 1; i >= 0; i--)
            {
                uint nameAt = _file.RawWord(data, _file._offsets[i]);
                if (nameAt == 0)
                {
                    continue;
                }

                ReadOnlySpan<byte> name;
                if (nameAt >= _file.FirstString)
                {
                    name = strings[(int)(nameAt - _file.FirstString)..];
                    name = name[..name.IndexOf((byte)0)];
                }
                else
                {
                    name = _file.GetStringBytes(nameAt);
                }

                if (!name.IsEmpty)
                {
                    ref int bucket = ref _buckets[Hash(EssentialName(name)) & (uint)(_buckets.Length - 1)];
                    _next[i] = bucket;
                    bucket = _file.FirstId + i;
                }
            }
        }

        private static uint Hash(ReadOnlySpan<byte> name)
        {
            // FNV-1a; the same file must behave the same in every process, so no seeded hash.
            uint hash = 2166136261;
            foreach (byte character in name)
            {
                hash = (hash ^ character) * 16777619;
            }

            return hash ^ hash >> 15;
        }
    }
}
