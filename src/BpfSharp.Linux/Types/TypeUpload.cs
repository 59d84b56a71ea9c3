using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Linux.Interop;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Types;

/// <summary>Gives an object's types to the kernel (BPF_BTF_LOAD), rewritten as this kernel takes them. Ids stay the same.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class TypeUpload
{
    private const int LogBytes = 64 * 1024;

    private readonly BtfFile _source;
    private readonly BpfObject _object;
    private readonly BtfBuilder _builder = new();

    private TypeUpload(BtfFile source, BpfObject owner, TypeSupport support)
    {
        _source = source;
        _object = owner;
        for (int id = 1; id < source.Count; id++)
        {
            Copy(source[id], support);
        }

        for (int id = 1; id < source.Count; id++)
        {
            NameParameters(source[id]);
        }
    }

    /// <summary>The offset of a text in the uploaded strings, added if absent: call before <see cref="Load"/>.</summary>
    internal uint StringOffset(string text) => _builder.AddString(text);

    /// <summary>Rewrites the types of an object; <see langword="null"/> if it has none.</summary>
    internal static TypeUpload? Prepare(BpfObject source) =>
        source.Btf is { } btf ? new TypeUpload(btf, source, TypeSupport.OfThisKernel) : null;

    /// <summary>Loads them.</summary>
    /// <exception cref="KernelException">The kernel refused; its log is among the facts.</exception>
    internal BpfHandle Load(string name)
    {
        byte[] bytes = _builder.ToArray();
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

    private void Copy(BtfType type, TypeSupport support)
    {
        switch (type.Kind)
        {
            case BtfKind.Int:
                _builder.AddInt(type.Name, type.Size, type.IntEncoding);
                break;
            case BtfKind.Pointer:
                _builder.AddPointer(type.TypeId);
                break;
            case BtfKind.Array:
                _builder.AddArray(type.TypeId, type.IndexTypeId, type.ElementCount);
                break;
            case BtfKind.Struct or BtfKind.Union:
                CopyComposite(type);
                break;
            case BtfKind.Enum:
                CopyEnum(_builder.AddEnum(type.Name, type.Size, type.KindFlag && support.Enum64), type);
                break;
            case BtfKind.Enum64 when support.Enum64:
                CopyEnum(_builder.AddEnum64(type.Name, type.KindFlag, type.Size), type);
                break;
            case BtfKind.Enum64:
                _builder.AddUnion(type.Name, type.Size);
                break;
            case BtfKind.Forward:
                _builder.AddForward(type.Name, type.KindFlag);
                break;
            case BtfKind.Typedef:
                _builder.AddTypedef(type.Name, type.TypeId);
                break;
            case BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict:
                _builder.AddQualifier(type.Kind, type.TypeId);
                break;
            case BtfKind.TypeTag when support.TypeTags:
                _builder.AddTypeTag(type.Name, type.TypeId);
                break;
            case BtfKind.TypeTag:
                _builder.AddQualifier(BtfKind.Const, type.TypeId);
                break;
            case BtfKind.Function:
                // The kernel takes functions of the object alone: those it provides itself are named as global.
                _builder.AddFunction(type.Name, type.TypeId, support.GlobalFunctions ? (type.Linkage == BtfLinkage.Extern ? BtfLinkage.Global : type.Linkage) : BtfLinkage.Static);
                break;
            case BtfKind.FunctionPrototype:
                _builder.AddFunctionPrototype(type.TypeId, [.. type.Parameters.ToArray().Select(p => (p.Name, p.TypeId))]);
                break;
            case BtfKind.Variable when support.DataSections:
                CopyVariable(type);
                break;
            case BtfKind.DataSection when support.DataSections:
                CopySection(type);
                break;
            case BtfKind.Variable:
                _builder.AddInt(Legal(type.Name), 1);
                break;
            case BtfKind.DataSection:
                _builder.AddStruct(Legal(type.Name), Math.Max(1, type.Size));
                break;
            case BtfKind.Float when support.Floats:
                _builder.AddFloat(type.Name, type.Size);
                break;
            case BtfKind.Float:
                _builder.AddStruct("", type.Size);
                break;
            case BtfKind.DeclarationTag when support.DeclarationTags:
                _builder.AddDeclarationTag(type.Name, type.TypeId, type.ComponentIndex);
                break;
            case BtfKind.DeclarationTag:
                _builder.AddInt("tag", 1);
                break;
            case BtfKind.Void:
            default:
                throw KernelException.Missing("BPF5006", $"types of '{_object.Name}'", $"type {type.Id} has kind {type.Kind}");
        }
    }

    private void CopyComposite(BtfType type)
    {
        int id = type.Kind == BtfKind.Struct
            ? _builder.AddStruct(type.Name, type.Size, type.KindFlag)
            : _builder.AddUnion(type.Name, type.Size, type.KindFlag);
        foreach (BtfMember member in type.Members)
        {
            _builder.AddMember(id, member.Name, member.TypeId, member.BitOffset, member.BitfieldSize);
        }
    }

    private void CopyEnum(int id, BtfType type)
    {
        foreach (BtfEnumerator value in type.Enumerators)
        {
            _builder.AddEnumerator(id, value.Name, value.Value);
        }
    }

    private void CopyVariable(BtfType type)
    {
        int typeId = type.TypeId;
        if (type.Linkage == BtfLinkage.Extern && !_source.TrySizeOf(typeId, out _))
        {
            // A symbol without type (void) has no size; any sized type stands for it, since nothing reads it.
            typeId = FirstInt();
        }

        _builder.AddVariable(type.Name, typeId, type.Linkage == BtfLinkage.Extern ? BtfLinkage.Global : type.Linkage);
    }

    private void CopySection(BtfType type)
    {
        bool kernelSymbols = type.Name == ".ksyms";
        bool kconfig = type.Name == ".kconfig";
        if (kernelSymbols || (kconfig && _object.Kconfig.Count == 0))
        {
            // Functions are no variables: the kernel would refuse them here, and nothing needs the section.
            _builder.AddStruct("ksyms", 4);
            return;
        }

        int mapBytes = _object.Maps.FirstOrDefault(m => m.Name == type.Name)?.ValueSize ?? 0;
        int id = _builder.AddDataSection(type.Name, kconfig || type.Size == 0 ? Math.Max(1, mapBytes) : type.Size);
        IEnumerable<(int TypeId, int Offset, int Size)> variables = kconfig
            ? type.Variables.ToArray().Select(v => (v.TypeId, Spec: _object.Kconfig.FirstOrDefault(k => k.Name == _source[v.TypeId].Name)))
                .Where(v => v.Spec is not null).Select(v => (v.TypeId, v.Spec!.ByteOffset, v.Spec.Size)).OrderBy(v => v.ByteOffset)
            : type.Variables.ToArray().Select(v => (v.TypeId, v.ByteOffset, v.Size));
        foreach ((int typeId, int offset, int size) in variables)
        {
            _builder.AddSectionVariable(id, typeId, offset, size);
        }
    }

    /// <summary>Functions the kernel provides come without parameter names, which it wants all the same.</summary>
    private void NameParameters(BtfType type)
    {
        if (type.Kind != BtfKind.Function || _source[type.TypeId] is not { Kind: BtfKind.FunctionPrototype } prototype)
        {
            return;
        }

        BtfParameter[] parameters = prototype.Parameters.ToArray();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].Name.Length == 0 && parameters[i].TypeId != 0)
            {
                _builder.SetParameterName(prototype.Id, i, "arg");
            }
        }
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
