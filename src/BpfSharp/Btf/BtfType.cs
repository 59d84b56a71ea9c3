namespace BpfSharp.Btf;

/// <summary>A type of a set: a view on the file's bytes, cheap to copy.</summary>
/// <remarks>
/// Properties that the kind does not have read as 0 or empty. Type ids are not checked here: <see cref="BtfFile.this[int]"/>
/// refuses those that are out of range.
/// </remarks>
public readonly struct BtfType : IEquatable<BtfType>
{
    internal BtfType(BtfFile file, int id, int offset)
    {
        File = file;
        Id = id;
        Offset = offset;
    }

    /// <summary>The set whose bytes hold the type (the base set, if a split set was asked for a type of its base).</summary>
    public BtfFile File { get; }

    /// <summary>Its id; 0 is void.</summary>
    public int Id { get; }

    /// <summary>Kind.</summary>
    public BtfKind Kind => Id == 0 ? BtfKind.Void : (BtfKind)(Info >> 24 & 0x1f);

    /// <summary>Name; empty if anonymous.</summary>
    public string Name => Id == 0 ? "" : File.GetString(NameOffset);

    /// <summary>Name as UTF-8.</summary>
    public ReadOnlySpan<byte> NameBytes => Id == 0 ? [] : File.GetStringBytes(NameOffset);

    /// <summary>
    /// The kind's flag: members hold bitfield sizes (structures, unions), values are signed (enumerations), a union is meant
    /// (forward declarations).
    /// </summary>
    public bool KindFlag => Id != 0 && Info >> 31 != 0;

    /// <summary>Number of members, enumerators, parameters or variables.</summary>
    public int Count => Id == 0 || Kind == BtfKind.Function ? 0 : (int)(Info & 0xffff);

    /// <summary>Bytes, for kinds that say it themselves; see <see cref="BtfFile.SizeOf"/> for the others.</summary>
    public int Size => HasSize(Kind) ? (int)File.Word(Offset + 8) : 0;

    /// <summary>The type this one refers to: pointee, alias, qualified, return type, element type, type of a variable …; 0 for void.</summary>
    public int TypeId => Kind switch
    {
        BtfKind.Array => (int)File.Word(Payload),
        BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Function
            or BtfKind.FunctionPrototype or BtfKind.Variable or BtfKind.DeclarationTag or BtfKind.TypeTag
            => (int)File.Word(Offset + 8),
        BtfKind.Void or BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Forward
            or BtfKind.DataSection or BtfKind.Float or BtfKind.Enum64 => 0,
        _ => 0,
    };

    /// <summary>The type of an array's index.</summary>
    public int IndexTypeId => Kind == BtfKind.Array ? (int)File.Word(Payload + 4) : 0;

    /// <summary>Number of elements of an array.</summary>
    public uint ElementCount => Kind == BtfKind.Array ? File.Word(Payload + 8) : 0;

    /// <summary>How an integer is meant.</summary>
    public BtfIntEncoding IntEncoding => Kind == BtfKind.Int ? (BtfIntEncoding)(File.Word(Payload) >> 24 & 0xf) : 0;

    /// <summary>Bits of an integer (fewer than its size in old-style bitfields).</summary>
    public int IntBits => Kind == BtfKind.Int ? (int)(File.Word(Payload) & 0xff) : 0;

    /// <summary>First bit of an integer in its storage (not 0 in old-style bitfields only).</summary>
    public int IntBitOffset => Kind == BtfKind.Int ? (int)(File.Word(Payload) >> 16 & 0xff) : 0;

    /// <summary>Visibility of a function or variable.</summary>
    public BtfLinkage Linkage => Kind switch
    {
        BtfKind.Function => (BtfLinkage)(Info & 0xffff),
        BtfKind.Variable => (BtfLinkage)File.Word(Payload),
        BtfKind.Void or BtfKind.Int or BtfKind.Pointer or BtfKind.Array or BtfKind.Struct or BtfKind.Union or BtfKind.Enum
            or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
            or BtfKind.FunctionPrototype or BtfKind.DataSection or BtfKind.Float or BtfKind.DeclarationTag
            or BtfKind.TypeTag or BtfKind.Enum64 => BtfLinkage.Static,
        _ => BtfLinkage.Static,
    };

    /// <summary>Which member or parameter a declaration tag is on; -1 for the whole declaration.</summary>
    public int ComponentIndex => Kind == BtfKind.DeclarationTag ? (int)File.Word(Payload) : -1;

    /// <summary>Whether it is a structure or a union.</summary>
    public bool IsComposite => Kind is BtfKind.Struct or BtfKind.Union;

    /// <summary>Whether it is an enumeration of either width.</summary>
    public bool IsEnum => Kind is BtfKind.Enum or BtfKind.Enum64;

    /// <summary>Whether it only qualifies or renames another type (typedef, const, volatile, restrict, type tag).</summary>
    public bool IsModifier => Kind is BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag;

    /// <summary>Members of a structure or union.</summary>
    public BtfList<BtfMember> Members => new(this, IsComposite ? Count : 0);

    /// <summary>Parameters of a function prototype.</summary>
    public BtfList<BtfParameter> Parameters => new(this, Kind == BtfKind.FunctionPrototype ? Count : 0);

    /// <summary>Values of an enumeration.</summary>
    public BtfList<BtfEnumerator> Enumerators => new(this, IsEnum ? Count : 0);

    /// <summary>Variables of a data section.</summary>
    public BtfList<BtfSectionVariable> Variables => new(this, Kind == BtfKind.DataSection ? Count : 0);

    /// <summary>Place of the type's 12-byte head in the file's bytes.</summary>
    internal int Offset { get; }

    internal int Payload => Offset + 12;

    internal uint NameOffset => File.Word(Offset);

    private uint Info => File.Word(Offset + 4);

    /// <inheritdoc/>
    public bool Equals(BtfType other) => ReferenceEquals(File, other.File) && Id == other.Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BtfType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Id;

    /// <summary>Whether two views are of the same type of the same set.</summary>
    public static bool operator ==(BtfType left, BtfType right) => left.Equals(right);

    /// <summary>Whether two views differ.</summary>
    public static bool operator !=(BtfType left, BtfType right) => !left.Equals(right);

    /// <summary>Id, kind and name, for people.</summary>
    public override string ToString() => $"[{Id}] {Kind} '{Name}'";

    internal static bool HasSize(BtfKind kind) => kind is BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum
        or BtfKind.DataSection or BtfKind.Float or BtfKind.Enum64;
}
