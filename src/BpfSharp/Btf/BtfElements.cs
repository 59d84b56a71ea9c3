namespace BpfSharp.Btf;

/// <summary>A member of a structure or union.</summary>
public readonly struct BtfMember : IBtfElement<BtfMember>
{
    private readonly BtfFile _file;
    private readonly uint _nameOffset;

    private BtfMember(BtfFile file, uint nameOffset, int typeId, int bitOffset, int bitfieldSize)
    {
        _file = file;
        _nameOffset = nameOffset;
        TypeId = typeId;
        BitOffset = bitOffset;
        BitfieldSize = bitfieldSize;
    }

    /// <summary>Name; empty for an anonymous member.</summary>
    public string Name => _file.GetString(_nameOffset);

    /// <summary>Name as UTF-8.</summary>
    public ReadOnlySpan<byte> NameBytes => _file.GetStringBytes(_nameOffset);

    /// <summary>Its type.</summary>
    public int TypeId { get; }

    /// <summary>Where it starts, in bits from the start of the structure.</summary>
    public int BitOffset { get; }

    /// <summary>Bits of a bitfield; 0 if it is none.</summary>
    public int BitfieldSize { get; }

    /// <summary>Where it starts, in whole bytes (rounded down for a bitfield).</summary>
    public int ByteOffset => BitOffset / 8;

    /// <inheritdoc/>
    BtfMember IBtfElement<BtfMember>.Read(BtfType type, int index)
    {
        int at = type.Payload + (12 * index);
        uint offset = type.File.Word(at + 8);
        return type.KindFlag
            ? new(type.File, type.File.Word(at), (int)type.File.Word(at + 4), (int)(offset & 0xffffff), (int)(offset >> 24))
            : new(type.File, type.File.Word(at), (int)type.File.Word(at + 4), (int)(offset & int.MaxValue), 0);
    }
}

/// <summary>A parameter of a function prototype.</summary>
public readonly struct BtfParameter : IBtfElement<BtfParameter>
{
    private readonly BtfFile _file;
    private readonly uint _nameOffset;

    private BtfParameter(BtfFile file, uint nameOffset, int typeId)
    {
        _file = file;
        _nameOffset = nameOffset;
        TypeId = typeId;
    }

    /// <summary>Name; may be empty.</summary>
    public string Name => _file.GetString(_nameOffset);

    /// <summary>Its type; 0 (with an empty name) in last place means variable arguments.</summary>
    public int TypeId { get; }

    /// <inheritdoc/>
    BtfParameter IBtfElement<BtfParameter>.Read(BtfType type, int index)
    {
        int at = type.Payload + (8 * index);
        return new(type.File, type.File.Word(at), (int)type.File.Word(at + 4));
    }
}

/// <summary>A named value of an enumeration.</summary>
public readonly struct BtfEnumerator : IBtfElement<BtfEnumerator>
{
    private readonly BtfFile _file;
    private readonly uint _nameOffset;

    private BtfEnumerator(BtfFile file, uint nameOffset, long value)
    {
        _file = file;
        _nameOffset = nameOffset;
        Value = value;
    }

    /// <summary>Name.</summary>
    public string Name => _file.GetString(_nameOffset);

    /// <summary>Name as UTF-8.</summary>
    public ReadOnlySpan<byte> NameBytes => _file.GetStringBytes(_nameOffset);

    /// <summary>Value: sign extended if the enumeration is signed, else zero extended (64-bit ones as bits).</summary>
    public long Value { get; }

    /// <inheritdoc/>
    BtfEnumerator IBtfElement<BtfEnumerator>.Read(BtfType type, int index)
    {
        BtfFile file = type.File;
        if (type.Kind == BtfKind.Enum64)
        {
            int at = type.Payload + (12 * index);
            return new(file, file.Word(at), (long)file.Word(at + 8) << 32 | file.Word(at + 4));
        }

        int place = type.Payload + (8 * index);
        uint raw = file.Word(place + 4);
        return new(file, file.Word(place), type.KindFlag ? (int)raw : raw);
    }
}

/// <summary>A variable of a data section.</summary>
public readonly struct BtfSectionVariable : IBtfElement<BtfSectionVariable>
{
    private BtfSectionVariable(int typeId, int byteOffset, int size)
    {
        TypeId = typeId;
        ByteOffset = byteOffset;
        Size = size;
    }

    /// <summary>Its VAR (in <c>.ksyms</c> also FUNC) type.</summary>
    public int TypeId { get; }

    /// <summary>Where it stands in the section.</summary>
    public int ByteOffset { get; }

    /// <summary>Bytes of it.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    BtfSectionVariable IBtfElement<BtfSectionVariable>.Read(BtfType type, int index)
    {
        int at = type.Payload + (12 * index);
        return new((int)type.File.Word(at), (int)type.File.Word(at + 4), (int)type.File.Word(at + 8));
    }
}
