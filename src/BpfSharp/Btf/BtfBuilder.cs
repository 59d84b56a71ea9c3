using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.Btf;

/// <summary>Writes a set of types: add types in any order, refer to them by the ids returned, then take the bytes.</summary>
/// <remarks>
/// Equal strings are stored once; types are not merged. An id may be referred to before its type is added
/// (<see cref="NextId"/>), as circular structures need; members and values may be added to a type later.
/// </remarks>
public sealed partial class BtfBuilder
{
    private readonly List<List<uint>> _types = [];
    private readonly List<byte> _strings = [];
    private readonly Dictionary<string, uint> _stringOffsets = [];

    /// <summary>Starts an empty set.</summary>
    public BtfBuilder() => _strings.Add(0);

    /// <summary>Starts with the types of a set; ids and string offsets stay as they are.</summary>
    /// <param name="source">A set without base.</param>
    public BtfBuilder(BtfFile source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Base is not null)
        {
            throw new ArgumentException("a split set cannot be extended", nameof(source));
        }

        for (int id = 1; id < source.Count; id++)
        {
            int start = source[id].Offset;
            int end = id + 1 < source.Count ? source[id + 1].Offset : source.TypesEnd;
            List<uint> words = new((end - start) / 4);
            for (int at = start; at < end; at += 4)
            {
                words.Add(source.Word(at));
            }

            _types.Add(words);
        }

        ReadOnlySpan<byte> strings = source.Strings;
        _strings.AddRange(strings);
        if (strings.IsEmpty)
        {
            _strings.Add(0);
        }

        for (int at = 0; at < strings.Length;)
        {
            int length = strings[at..].IndexOf((byte)0);
            _stringOffsets.TryAdd(Encoding.UTF8.GetString(strings.Slice(at, length)), (uint)at);
            at += length + 1;
        }
    }

    /// <summary>The id that the next added type gets.</summary>
    public int NextId => _types.Count + 1;

    /// <summary>Stores a text.</summary>
    /// <param name="text">The text; must hold no zero character.</param>
    /// <returns>Its offset in the string section.</returns>
    public uint AddString(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("the text holds a zero character", nameof(text));
        }

        ref uint offset = ref CollectionsMarshal.GetValueRefOrAddDefault(_stringOffsets, text, out bool known);
        if (!known)
        {
            offset = (uint)_strings.Count;
            _strings.AddRange(Encoding.UTF8.GetBytes(text));
            _strings.Add(0);
        }

        return offset;
    }

    /// <summary>The bytes: header, types, strings.</summary>
    /// <param name="bigEndian">Byte order.</param>
    public byte[] ToArray(bool bigEndian = false)
    {
        int typeBytes = 4 * _types.Sum(type => type.Count);
        byte[] bytes = new byte[24 + typeBytes + _strings.Count];
        ReadOnlySpan<uint> head =
        [
            bigEndian ? 0xeb9f_01_00u : 0x00_01_eb9fu, 24, 0, (uint)typeBytes, (uint)typeBytes, (uint)_strings.Count,
        ];
        int at = 0;
        foreach (uint word in head)
        {
            Put(bytes, ref at, word, bigEndian);
        }

        foreach (List<uint> type in _types)
        {
            foreach (uint word in type)
            {
                Put(bytes, ref at, word, bigEndian);
            }
        }

        CollectionsMarshal.AsSpan(_strings).CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>The set as a reader sees it.</summary>
    public BtfFile Build() => BtfFile.Read(ToArray());

    private static void Put(byte[] bytes, ref int at, uint word, bool bigEndian)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), word);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), word);
        }

        at += 4;
    }
}
