namespace BpfSharp.Btf;

public sealed partial class BtfBuilder
{
    private const uint KindFlag = 1u << 31;

    /// <summary>Adds an integer.</summary>
    /// <param name="name">C name.</param>
    /// <param name="size">Bytes: 1, 2, 4, 8 or 16.</param>
    /// <param name="encoding">How it is meant.</param>
    public int AddInt(string name, int size, BtfIntEncoding encoding = BtfIntEncoding.None) =>
        Add(name, BtfKind.Int, 0, (uint)size, (uint)encoding << 24 | (uint)size * 8);

    /// <summary>Adds a pointer.</summary>
    /// <param name="typeId">What it points to; 0 for void.</param>
    public int AddPointer(int typeId) => Add("", BtfKind.Pointer, 0, (uint)typeId);

    /// <summary>Adds an array.</summary>
    /// <param name="elementTypeId">Type of an element.</param>
    /// <param name="indexTypeId">Type of the index: an integer.</param>
    /// <param name="count">Number of elements.</param>
    public int AddArray(int elementTypeId, int indexTypeId, uint count) =>
        Add("", BtfKind.Array, 0, 0, (uint)elementTypeId, (uint)indexTypeId, count);

    /// <summary>Adds a structure without members.</summary>
    /// <param name="name">Name; empty if anonymous.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="hasBitfields">Whether members may be bitfields.</param>
    public int AddStruct(string name, int size, bool hasBitfields = false) =>
        Add(name, BtfKind.Struct, hasBitfields ? KindFlag : 0, (uint)size);

    /// <summary>Adds a union without members.</summary>
    /// <param name="name">Name; empty if anonymous.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="hasBitfields">Whether members may be bitfields.</param>
    public int AddUnion(string name, int size, bool hasBitfields = false) =>
        Add(name, BtfKind.Union, hasBitfields ? KindFlag : 0, (uint)size);

    /// <summary>Adds a member to a structure or union.</summary>
    /// <param name="structId">The structure or union.</param>
    /// <param name="name">Name; empty if anonymous.</param>
    /// <param name="typeId">Its type; may be added later.</param>
    /// <param name="bitOffset">Bits from the start of the structure.</param>
    /// <param name="bitfieldSize">Bits of a bitfield, where the structure has bitfields; else 0.</param>
    public void AddMember(int structId, string name, int typeId, int bitOffset, int bitfieldSize = 0)
    {
        List<uint> words = Of(structId, BtfKind.Struct, BtfKind.Union);
        if (bitfieldSize != 0 && (words[1] & KindFlag) == 0)
        {
            throw new ArgumentException("the structure was added without bitfields", nameof(bitfieldSize));
        }

        Extend(words, AddString(name), (uint)typeId, (uint)bitOffset | (uint)bitfieldSize << 24);
    }

    /// <summary>Adds an enumeration without values.</summary>
    /// <param name="name">Name; empty if anonymous.</param>
    /// <param name="size">Bytes: 1, 2, 4 or 8.</param>
    /// <param name="isSigned">Whether values are signed.</param>
    public int AddEnum(string name, int size = 4, bool isSigned = false) =>
        Add(name, BtfKind.Enum, isSigned ? KindFlag : 0, (uint)size);

    /// <summary>Adds an enumeration of 64-bit values, without values.</summary>
    /// <param name="name">Name; empty if anonymous.</param>
    /// <param name="isSigned">Whether values are signed.</param>
    /// <param name="size">Bytes.</param>
    public int AddEnum64(string name, bool isSigned = false, int size = 8) =>
        Add(name, BtfKind.Enum64, isSigned ? KindFlag : 0, (uint)size);

    /// <summary>Adds a value to an enumeration of either width.</summary>
    /// <param name="enumId">The enumeration.</param>
    /// <param name="name">Name.</param>
    /// <param name="value">Value; its low 32 bits for the narrow kind.</param>
    public void AddEnumerator(int enumId, string name, long value)
    {
        List<uint> words = Of(enumId, BtfKind.Enum, BtfKind.Enum64);
        if (KindOf(words) == BtfKind.Enum)
        {
            Extend(words, AddString(name), (uint)value);
        }
        else
        {
            Extend(words, AddString(name), (uint)value, (uint)(value >> 32));
        }
    }

    /// <summary>Adds a forward declaration.</summary>
    /// <param name="name">Name.</param>
    /// <param name="isUnion">Whether of a union.</param>
    public int AddForward(string name, bool isUnion = false) => Add(name, BtfKind.Forward, isUnion ? KindFlag : 0, 0);

    /// <summary>Adds another name of a type.</summary>
    /// <param name="name">The name.</param>
    /// <param name="typeId">The type.</param>
    public int AddTypedef(string name, int typeId) => Add(name, BtfKind.Typedef, 0, (uint)typeId);

    /// <summary>Adds <c>volatile</c>, <c>const</c> or <c>restrict</c> before a type.</summary>
    /// <param name="kind">Which of the three.</param>
    /// <param name="typeId">The type; 0 for void.</param>
    public int AddQualifier(BtfKind kind, int typeId) => kind is BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
        ? Add("", kind, 0, (uint)typeId)
        : throw new ArgumentOutOfRangeException(nameof(kind), kind, "volatile, const and restrict are qualifiers");

    /// <summary>Adds a type tag (<c>btf_type_tag</c>).</summary>
    /// <param name="name">The tag.</param>
    /// <param name="typeId">The tagged type.</param>
    public int AddTypeTag(string name, int typeId) => Add(name, BtfKind.TypeTag, 0, (uint)typeId);

    /// <summary>Adds a function prototype.</summary>
    /// <param name="returnTypeId">What it returns; 0 for void.</param>
    /// <param name="parameters">Name and type of each parameter.</param>
    public int AddFunctionPrototype(int returnTypeId, params ReadOnlySpan<(string Name, int TypeId)> parameters)
    {
        int id = Add("", BtfKind.FunctionPrototype, 0, (uint)returnTypeId);
        foreach ((string name, int typeId) in parameters)
        {
            Extend(_types[id - 1], AddString(name), (uint)typeId);
        }

        return id;
    }

    /// <summary>Adds a function.</summary>
    /// <param name="name">Name.</param>
    /// <param name="prototypeId">Its prototype.</param>
    /// <param name="linkage">Visibility.</param>
    public int AddFunction(string name, int prototypeId, BtfLinkage linkage) =>
        Add(name, BtfKind.Function, (uint)linkage, (uint)prototypeId);

    /// <summary>Adds a variable.</summary>
    /// <param name="name">Name.</param>
    /// <param name="typeId">Its type.</param>
    /// <param name="linkage">Visibility.</param>
    public int AddVariable(string name, int typeId, BtfLinkage linkage) =>
        Add(name, BtfKind.Variable, 0, (uint)typeId, (uint)linkage);

    /// <summary>Adds a section without variables.</summary>
    /// <param name="name">Name of the ELF section.</param>
    /// <param name="size">Bytes.</param>
    public int AddDataSection(string name, int size) => Add(name, BtfKind.DataSection, 0, (uint)size);

    /// <summary>Adds a variable to a section; add them by ascending offset.</summary>
    /// <param name="sectionId">The section.</param>
    /// <param name="variableId">The variable (in <c>.ksyms</c> also a function).</param>
    /// <param name="byteOffset">Where it stands.</param>
    /// <param name="size">Bytes of it.</param>
    public void AddSectionVariable(int sectionId, int variableId, int byteOffset, int size) =>
        Extend(Of(sectionId, BtfKind.DataSection, BtfKind.DataSection), (uint)variableId, (uint)byteOffset, (uint)size);

    /// <summary>Adds a floating point type.</summary>
    /// <param name="name">C name.</param>
    /// <param name="size">Bytes.</param>
    public int AddFloat(string name, int size) => Add(name, BtfKind.Float, 0, (uint)size);

    /// <summary>Adds a tag on a declaration (<c>btf_decl_tag</c>).</summary>
    /// <param name="name">The tag.</param>
    /// <param name="targetId">What is tagged: a structure, union, function, variable or typedef.</param>
    /// <param name="componentIndex">Which member or parameter; -1 for the whole.</param>
    public int AddDeclarationTag(string name, int targetId, int componentIndex = -1) =>
        Add(name, BtfKind.DeclarationTag, 0, (uint)targetId, (uint)componentIndex);

    /// <summary>Sets the size of a structure, union, enumeration or section.</summary>
    /// <param name="id">The type.</param>
    /// <param name="size">Bytes.</param>
    public void SetSize(int id, int size)
    {
        if (!BtfType.HasSize(KindOf(_types[id - 1])))
        {
            throw new ArgumentException($"type {id} has no size of its own", nameof(id));
        }

        _types[id - 1][2] = (uint)size;
    }

    /// <summary>Makes a type refer to another one.</summary>
    /// <param name="id">A pointer, typedef, qualifier, tag, function or variable.</param>
    /// <param name="typeId">The new type.</param>
    public void SetTypeId(int id, int typeId)
    {
        BtfKind kind = KindOf(_types[id - 1]);
        if (BtfType.HasSize(kind) || kind == BtfKind.Array)
        {
            throw new ArgumentException($"type {id} refers to no other type", nameof(id));
        }

        _types[id - 1][2] = (uint)typeId;
    }

    /// <summary>Sets the visibility of a function or variable.</summary>
    /// <param name="id">The function or variable.</param>
    /// <param name="linkage">Visibility.</param>
    public void SetLinkage(int id, BtfLinkage linkage)
    {
        List<uint> words = Of(id, BtfKind.Function, BtfKind.Variable);
        if (KindOf(words) == BtfKind.Variable)
        {
            words[3] = (uint)linkage;
        }
        else
        {
            words[1] = (words[1] & ~0xffffu) | (uint)linkage;
        }
    }

    /// <summary>Removes the variables of a section, to add others.</summary>
    /// <param name="sectionId">The section.</param>
    public void ClearSectionVariables(int sectionId)
    {
        List<uint> words = Of(sectionId, BtfKind.DataSection, BtfKind.DataSection);
        words.RemoveRange(3, words.Count - 3);
        words[1] &= ~0xffffu;
    }

    /// <summary>Names a parameter.</summary>
    /// <param name="prototypeId">The prototype.</param>
    /// <param name="index">Which parameter.</param>
    /// <param name="name">Its name.</param>
    public void SetParameterName(int prototypeId, int index, string name) =>
        Of(prototypeId, BtfKind.FunctionPrototype, BtfKind.FunctionPrototype)[3 + (2 * index)] = AddString(name);

    private static BtfKind KindOf(List<uint> words) => (BtfKind)(words[1] >> 24 & 0x1f);

    private int Add(string name, BtfKind kind, uint low, uint sizeOrType, params ReadOnlySpan<uint> more)
    {
        List<uint> words = new(3 + more.Length) { AddString(name), (uint)kind << 24 | low, sizeOrType };
        words.AddRange(more);
        _types.Add(words);
        return _types.Count;
    }

    private List<uint> Of(int id, BtfKind one, BtfKind other)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(id - 1), (uint)(_types.Count - 1), nameof(id));
        List<uint> words = _types[id - 1];
        BtfKind kind = KindOf(words);
        return kind == one || kind == other
            ? words
            : throw new ArgumentException($"type {id} is {kind}, not {one}{(one == other ? "" : $" or {other}")}", nameof(id));
    }

    private static void Extend(List<uint> words, params ReadOnlySpan<uint> more)
    {
        if ((words[1] & 0xffff) == 0xffff)
        {
            throw new InvalidOperationException("a type holds at most 65535 members");
        }

        words.AddRange(more);
        words[1]++;
    }
}
