using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Diagnostics;

namespace BpfSharp.Btf;

/// <summary>A set of types in the BPF Type Format: an index over the file's bytes, which are never copied into objects.</summary>
/// <remarks>
/// Opening makes one pass that checks every type's extent and remembers where each starts (4 bytes a type); names are hashed
/// when one is first asked for. Safe for many threads. Source: <c>Documentation/bpf/btf.rst</c> of Linux.
/// </remarks>
public sealed partial class BtfFile
{
    private const ushort Magic = 0xeb9f;
    private const int MinimumHeader = 24;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly bool _swap;
    private readonly int[] _offsets;
    private readonly int _stringsAt;
    private readonly int _stringsLength;

    private BtfFile(ReadOnlyMemory<byte> data, BtfFile? baseFile, string name)
    {
        _data = data;
        Base = baseFile;
        Name = name;
        ReadOnlySpan<byte> bytes = data.Span;
        if (bytes.Length < MinimumHeader)
        {
            throw Malformed($"{bytes.Length} bytes are too few for the header ({MinimumHeader})");
        }

        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        IsBigEndian = magic == BinaryPrimitives.ReverseEndianness(Magic);
        _swap = IsBigEndian;
        if (magic != Magic && !IsBigEndian)
        {
            throw Malformed($"it starts with 0x{magic:x4}, not with the magic number 0xeb9f");
        }

        if (bytes[2] != 1)
        {
            throw Malformed($"version {bytes[2]}; only 1 is known");
        }

        uint headerLength = Word(4);
        (uint typesAt, uint typesLength) = (Word(8), Word(12));
        (uint stringsAt, uint stringsLength) = (Word(16), Word(20));
        if (headerLength < MinimumHeader
            || (ulong)headerLength + typesAt + typesLength > (ulong)bytes.Length
            || (ulong)headerLength + stringsAt + stringsLength > (ulong)bytes.Length)
        {
            throw Malformed($"the header places types or strings beyond the {bytes.Length} bytes there are");
        }

        _stringsAt = (int)(headerLength + stringsAt);
        _stringsLength = (int)stringsLength;
        if (stringsLength > 0 && bytes[_stringsAt + _stringsLength - 1] != 0)
        {
            throw Malformed("the strings do not end with a zero byte");
        }

        FirstId = baseFile?.Count ?? 1;
        FirstString = baseFile is null ? 0 : baseFile.FirstString + (uint)baseFile._stringsLength;
        if (FirstString + (ulong)stringsLength > int.MaxValue)
        {
            throw Malformed("too many strings");
        }

        int start = (int)(headerLength + typesAt);
        int end = start + (int)typesLength;
        TypesStart = start;
        TypesEnd = end;
        _offsets = IndexTypes(bytes, start, end);
    }

    /// <summary>Name for messages: the file's or section's.</summary>
    public string Name { get; }

    /// <summary>The set this one extends (<c>vmlinux</c>, for a module); its ids and strings come first.</summary>
    public BtfFile? Base { get; }

    /// <summary>Whether the bytes are in big-endian order.</summary>
    public bool IsBigEndian { get; }

    /// <summary>One more than the highest type id, the base's included; ids run from 0 (void).</summary>
    public int Count => FirstId + _offsets.Length;

    /// <summary>The first id that is this set's own: 1 unless it has a base.</summary>
    public int FirstId { get; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Data => _data;

    internal uint FirstString { get; }

    /// <summary>The first offset behind all strings, the base's included.</summary>
    internal uint StringsEnd => FirstString + (uint)_stringsLength;

    internal int TypesStart { get; }

    internal int TypesEnd { get; }

    internal ReadOnlySpan<byte> Strings => _data.Span.Slice(_stringsAt, _stringsLength);

    /// <summary>The type with an id.</summary>
    /// <param name="id">0 (void) up to <see cref="Count"/> - 1.</param>
    /// <exception cref="ObjectFormatException">There is none: ids come from files, so this is the file's fault.</exception>
    public BtfType this[int id]
    {
        get
        {
            if (id < FirstId)
            {
                return id == 0 ? new BtfType(this, 0, -1)
                    : id > 0 && Base is not null ? Base[id]
                    : throw NoSuchType(id);
            }

            return id - FirstId < _offsets.Length ? new BtfType(this, id, _offsets[id - FirstId]) : throw NoSuchType(id);
        }
    }

    /// <summary>Reads a set of types.</summary>
    /// <param name="data">The bytes, of either order; kept, not copied: they must not change.</param>
    /// <param name="baseFile">The set this one extends, for split BTF of a kernel module.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="ObjectFormatException">The bytes are no BTF, or damaged.</exception>
    public static BtfFile Read(ReadOnlyMemory<byte> data, BtfFile? baseFile = null, string name = "BTF") =>
        new(data, baseFile, name);

    /// <summary>Reads a file of raw BTF, such as <c>/sys/kernel/btf/vmlinux</c>.</summary>
    /// <param name="path">The file; it is read whole (a host that can map it into memory uses <see cref="Read"/>).</param>
    /// <param name="baseFile">The set this one extends, for split BTF of a kernel module.</param>
    /// <exception cref="ObjectFormatException">The file holds no BTF, or damaged BTF.</exception>
    public static BtfFile ReadFile(string path, BtfFile? baseFile = null) =>
        new(File.ReadAllBytes(path), baseFile, Path.GetFileName(path));

    /// <summary>Whether there is a type with an id.</summary>
    /// <param name="id">Any number.</param>
    public bool Contains(int id) => (uint)id < (uint)Count;

    /// <summary>The text at an offset of the string section (the base's strings come first).</summary>
    /// <param name="offset">As it stands in types and in <c>.BTF.ext</c>.</param>
    /// <exception cref="ObjectFormatException">The offset is outside.</exception>
    public string GetString(uint offset) => offset == 0 ? "" : Encoding.UTF8.GetString(GetStringBytes(offset));

    /// <summary>The UTF-8 bytes at an offset of the string section.</summary>
    /// <param name="offset">As it stands in types and in <c>.BTF.ext</c>.</param>
    /// <exception cref="ObjectFormatException">The offset is outside.</exception>
    public ReadOnlySpan<byte> GetStringBytes(uint offset)
    {
        if (offset < FirstString)
        {
            return Base!.GetStringBytes(offset);
        }

        uint own = offset - FirstString;
        if (own >= (uint)_stringsLength)
        {
            return offset == 0 ? [] : throw Malformed($"string offset {offset} is outside the {_stringsLength} bytes of strings");
        }

        ReadOnlySpan<byte> rest = _data.Span[(_stringsAt + (int)own)..(_stringsAt + _stringsLength)];
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>The same types in the other byte order; this set, if it has that order.</summary>
    /// <param name="bigEndian">The order wanted.</param>
    public BtfFile WithByteOrder(bool bigEndian)
    {
        if (bigEndian == IsBigEndian)
        {
            return this;
        }

        byte[] copy = _data.ToArray();
        copy.AsSpan(0, 2).Reverse();
        int headerLength = (int)Word(4);
        ReverseWords(copy.AsSpan(4, (headerLength - 4) & ~3));
        ReverseWords(copy.AsSpan(TypesStart, TypesEnd - TypesStart));
        return new BtfFile(copy, Base, Name);
    }

    /// <summary>The 32-bit number at a place of the file.</summary>
    internal uint Word(int at) => RawWord(_data.Span, at);

    internal ObjectFormatException Malformed(string what) => new(new Finding
    {
        Id = "BPF1101",
        Message = $"damaged BTF: {what}",
        Where = Name,
        Suggestion = "build the object again, or take the types from another file",
    });

    private static void ReverseWords(Span<byte> bytes)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
        BinaryPrimitives.ReverseEndianness(words, words);
    }

    /// <summary>Bytes a type takes, head included; -1 for an unknown kind.</summary>
    private static int TypeLength(uint info)
    {
        int count = (int)(info & 0xffff);
        return 12 + (BtfKind)(info >> 24 & 0x1f) switch
        {
            BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag => 4,
            BtfKind.Array => 12,
            BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => 12 * count,
            BtfKind.Enum or BtfKind.FunctionPrototype => 8 * count,
            BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
                or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag => 0,
            BtfKind.Void => -13,
            _ => -13,
        };
    }

    private uint RawWord(ReadOnlySpan<byte> bytes, int at)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
        return _swap ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    /// <summary>Checks the extent and the name of every type, and gives the place of each.</summary>
    /// <remarks>
    /// Not marked for aggressive optimisation: such methods are never compiled ahead, and a loop is replaced on the stack anyway.
    /// </remarks>
    private int[] IndexTypes(ReadOnlySpan<byte> bytes, int start, int end)
    {
        uint stringsEnd = FirstString + (uint)_stringsLength;
        int count = 0;
        for (int at = start; at < end; count++)
        {
            int length = end - at < 12 ? -1 : TypeLength(RawWord(bytes, at + 4));
            if (length < 0 || length > end - at)
            {
                throw BadExtent(at, end, FirstId + count, length);
            }

            uint nameOffset = RawWord(bytes, at);
            if (nameOffset != 0 && nameOffset >= stringsEnd)
            {
                throw Malformed($"the name of type {FirstId + count} is at {nameOffset}, outside the strings");
            }

            at += length;
        }

        int[] offsets = new int[count];
        int position = start;
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = position;
            position += TypeLength(RawWord(bytes, position + 4));
        }

        return offsets;
    }

    private ObjectFormatException BadExtent(int at, int end, int id, int length)
    {
        int left = end - at;
        return left < 12 ? Malformed($"type {id} is cut off: {left} of 12 bytes")
            : length < 0 ? Malformed($"type {id} is of kind {Word(at + 4) >> 24 & 0x1f}; the known kinds are 1 to 19")
            : Malformed($"type {id} needs {length} bytes, {left} remain");
    }

    private ObjectFormatException NoSuchType(int id) => Malformed($"type {id} is asked for; the ids are 0 to {Count - 1}");
}
