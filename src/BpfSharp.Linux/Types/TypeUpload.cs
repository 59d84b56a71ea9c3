using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Linux.Interop;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Types;

/// <summary>Gives an object's types to the kernel (BPF_BTF_LOAD), rewritten as this kernel takes them. Ids stay the same.</summary>
/// <remarks>Types are copied as they stand; only those that the kernel would not take so are written anew.</remarks>
[SupportedOSPlatform("linux")]
internal sealed unsafe class TypeUpload
{
    private const int LogBytes = 64 * 1024;
    private const int HeaderBytes = 24;
    private const uint KindFlag = 1u << 31;

    private readonly BtfFile _source;
    private readonly BpfObject _object;
    private readonly TypeSupport _support;
    private readonly List<byte> _addedStrings = [];
    private readonly Dictionary<string, uint> _added = [];

    // Types in the kernel's layout, behind the header; and where each begins, by id.
    private readonly int[] _places;
    private byte[] _types;
    private int _end = HeaderBytes;

    private TypeUpload(BtfFile source, BpfObject owner, TypeSupport support)
    {
        _source = source.WithByteOrder(bigEndian: false);
        _object = owner;
        _support = support;
        if (_source.StringsEnd == 0)
        {
            // The empty name.
            _addedStrings.Add(0);
        }

        _places = new int[_source.Count];
        _types = new byte[HeaderBytes + _source.TypesEnd - _source.TypesStart];
        for (int id = 1; id < _source.Count; id++)
        {
            _places[id] = _end;
            Copy(_source[id]);
        }

        for (int id = 1; id < _source.Count; id++)
        {
            NameParameters(_source[id]);
        }
    }

    /// <summary>Whether a line's texts stand in these types where the line says.</summary>
    internal bool Keeps(LineInfo line) => line.IsOf(_source);

    /// <summary>The offset of a text in the uploaded strings, added if absent: call before <see cref="Load"/>.</summary>
    internal uint StringOffset(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (!_added.TryGetValue(text, out uint offset))
        {
            offset = _source.StringsEnd + (uint)_addedStrings.Count;
            _addedStrings.AddRange(Encoding.UTF8.GetBytes(text));
            _addedStrings.Add(0);
            _added.Add(text, offset);
        }

        return offset;
    }

    /// <summary>Rewrites the types of an object; <see langword="null"/> if it has none.</summary>
    internal static TypeUpload? Prepare(BpfObject source) =>
        source.Btf is { } btf ? new TypeUpload(btf, source, TypeSupport.OfThisKernel) : null;

    /// <summary>Loads them.</summary>
    /// <exception cref="KernelException">The kernel refused; its log is among the facts.</exception>
    internal BpfHandle Load(string name)
    {
        byte[] bytes = Assemble();
        BpfHandle? handle = TryLoad(bytes, null, out int errno);
        if (handle is not null)
        {
            return handle;
        }

        byte[] log = new byte[LogBytes];
        handle = TryLoad(bytes, log, out errno);
        int end = Array.IndexOf(log, (byte)0);
        string text = Encoding.UTF8.GetString(log, 0, Math.Max(0, end)).Trim();
        return handle ?? throw KernelException.Refused("BPF5006", $"types of '{name}'", "BPF_BTF_LOAD", errno,
            text.Length == 0 ? null : text[(text.LastIndexOf('\n') + 1)..]);
    }

    internal static BpfHandle? TryLoad(byte[] types, byte[]? log, out int errno)
    {
        fixed (byte* data = types)
        fixed (byte* logPointer = log)
        {
            BtfLoadAttr attr = new()
            {
                Btf = (ulong)data,
                BtfSize = (uint)types.Length,
                LogBuf = (ulong)logPointer,
                LogSize = (uint)(log?.Length ?? 0),
                LogLevel = log is null ? 0u : 1u,
            };
            return BpfSyscall.TryOpen(BpfCommand.BtfLoad, ref attr, out errno);
        }
    }

    private byte[] Assemble()
    {
        ReadOnlySpan<byte> strings = _source.Strings;
        byte[] bytes = new byte[_end + strings.Length + _addedStrings.Count];
        _types.AsSpan(0, _end).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0x0001eb9f);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)(_end - HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)(_end - HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), (uint)(strings.Length + _addedStrings.Count));
        strings.CopyTo(bytes.AsSpan(_end));
        CollectionsMarshal.AsSpan(_addedStrings).CopyTo(bytes.AsSpan(_end + strings.Length));
        return bytes;
    }

    private void Copy(BtfType type)
    {
        switch (type.Kind)
        {
            case BtfKind.Enum when type.KindFlag && !_support.Enum64:
                // Signed enumerations came with the wide ones.
                CopyWhole(type);
                PutInfo(type.Id, Info(type) & ~KindFlag);
                break;
            case BtfKind.Enum64 when !_support.Enum64:
                Put(type.NameOffset, BtfKind.Union, 0, (uint)type.Size);
                break;
            case BtfKind.TypeTag when !_support.TypeTags:
                Put(0, BtfKind.Const, 0, (uint)type.TypeId);
                break;
            case BtfKind.Function:
                // The kernel takes functions of the object alone: those it provides itself are named as global.
                CopyWhole(type);
                BtfLinkage linkage = !_support.GlobalFunctions ? BtfLinkage.Static
                    : type.Linkage == BtfLinkage.Extern ? BtfLinkage.Global : type.Linkage;
                PutInfo(type.Id, (Info(type) & ~0xffffu) | (uint)linkage);
                break;
            case BtfKind.Variable when _support.DataSections:
                CopyVariable(type);
                break;
            case BtfKind.DataSection when _support.DataSections:
                CopySection(type);
                break;
            case BtfKind.Variable:
                Put(StringOffset(Legal(type.Name)), BtfKind.Int, 0, 1, 8);
                break;
            case BtfKind.DataSection:
                Put(StringOffset(Legal(type.Name)), BtfKind.Struct, 0, (uint)Math.Max(1, type.Size));
                break;
            case BtfKind.Float when !_support.Floats:
                Put(0, BtfKind.Struct, 0, (uint)type.Size);
                break;
            case BtfKind.DeclarationTag when !_support.DeclarationTags:
                Put(StringOffset("tag"), BtfKind.Int, 0, 1, 8);
                break;
            case BtfKind.Int or BtfKind.Pointer or BtfKind.Array or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Forward
                or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.FunctionPrototype or BtfKind.Float
                or BtfKind.DeclarationTag or BtfKind.TypeTag or BtfKind.Enum64:
                CopyWhole(type);
                break;
            case BtfKind.Void:
            default:
                throw KernelException.Missing("BPF5006", $"types of '{_object.Name}'", $"type {type.Id} has kind {type.Kind}");
        }
    }

    private void CopyVariable(BtfType type)
    {
        CopyWhole(type);
        if (type.Linkage != BtfLinkage.Extern)
        {
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_types.AsSpan(_places[type.Id] + 12), (uint)BtfLinkage.Global);
        if (!_source.TrySizeOf(type.TypeId, out _))
        {
            // A symbol without type (void) has no size; any sized type stands for it, since nothing reads it.
            BinaryPrimitives.WriteUInt32LittleEndian(_types.AsSpan(_places[type.Id] + 8), (uint)FirstInt());
        }
    }

    private void CopySection(BtfType type)
    {
        bool kernelSymbols = type.NameBytes.SequenceEqual(".ksyms"u8);
        bool kconfig = type.NameBytes.SequenceEqual(".kconfig"u8);
        if (kernelSymbols || (kconfig && _object.Kconfig.Count == 0))
        {
            // Functions are no variables: the kernel would refuse them here, and nothing needs the section.
            Put(StringOffset("ksyms"), BtfKind.Struct, 0, 4);
            return;
        }

        if (!kconfig)
        {
            CopyWhole(type);
            if (type.Size == 0)
            {
                int mapBytes = _object.Maps.FirstOrDefault(m => m.Name == type.Name)?.ValueSize ?? 0;
                BinaryPrimitives.WriteUInt32LittleEndian(_types.AsSpan(_places[type.Id] + 8), (uint)Math.Max(1, mapBytes));
            }

            return;
        }

        List<(uint TypeId, KconfigSpec Value)> values = [];
        foreach (BtfSectionVariable variable in type.Variables)
        {
            if (_object.Kconfig.FirstOrDefault(k => k.Name == _source[variable.TypeId].Name) is { } value)
            {
                values.Add(((uint)variable.TypeId, value));
            }
        }

        int bytes = _object.Maps.FirstOrDefault(m => m.Name == type.Name)?.ValueSize ?? 0;
        Put(type.NameOffset, BtfKind.DataSection, (uint)values.Count, (uint)Math.Max(1, bytes));
        foreach ((uint typeId, KconfigSpec value) in values.OrderBy(v => v.Value.ByteOffset))
        {
            PutWords(typeId, (uint)value.ByteOffset, (uint)value.Size);
        }
    }

    /// <summary>Functions the kernel provides come without parameter names, which it wants all the same.</summary>
    private void NameParameters(BtfType type)
    {
        if (type.Kind != BtfKind.Function || _source[type.TypeId] is not { Kind: BtfKind.FunctionPrototype } prototype)
        {
            return;
        }

        for (int i = 0; i < prototype.Count; i++)
        {
            BtfParameter parameter = prototype.Parameters[i];
            if (parameter.TypeId != 0 && parameter.Name.Length == 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_types.AsSpan(_places[prototype.Id] + 12 + (8 * i)), StringOffset("arg"));
            }
        }
    }

    private uint Info(BtfType type) => _source.Word(type.Offset + 4);

    private void PutInfo(int id, uint info) => BinaryPrimitives.WriteUInt32LittleEndian(_types.AsSpan(_places[id] + 4), info);

    private void CopyWhole(BtfType type)
    {
        int end = type.Id + 1 < _source.Count ? _source[type.Id + 1].Offset : _source.TypesEnd;
        ReadOnlySpan<byte> bytes = _source.Data.Span[type.Offset..end];
        bytes.CopyTo(Room(bytes.Length));
    }

    private void Put(uint name, BtfKind kind, uint count, uint sizeOrType, params ReadOnlySpan<uint> more)
    {
        PutWords(name, ((uint)kind << 24) | count, sizeOrType);
        PutWords(more);
    }

    private void PutWords(params ReadOnlySpan<uint> words)
    {
        Span<byte> room = Room(4 * words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(room[(4 * i)..], words[i]);
        }
    }

    private Span<byte> Room(int bytes)
    {
        if (_types.Length - _end < bytes)
        {
            Array.Resize(ref _types, Math.Max(2 * _types.Length, _end + bytes));
        }

        _end += bytes;
        return _types.AsSpan(_end - bytes, bytes);
    }

    private int FirstInt()
    {
        for (int id = 1; id < _source.Count; id++)
        {
            if (_source[id].Kind == BtfKind.Int)
            {
                return id;
            }
        }

        throw KernelException.Missing("BPF5006", $"types of '{_object.Name}'", "symbols without type need at least one integer type beside them");
    }

    private static string Legal(string name) => name.TrimStart('.').Replace('.', '_');
}
