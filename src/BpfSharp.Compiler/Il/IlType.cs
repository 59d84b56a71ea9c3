using System.Collections.Immutable;

namespace BpfSharp.Compiler.Il;

internal enum IlKind : byte
{
    Void, Boolean, Char, I1, U1, I2, U2, I4, U4, I8, U8, NInt, NUInt, R4, R8,
    Enum, Struct, Class, Pointer, ByRef, Array, FunctionPointer, TypeParameter, MethodParameter,
}

/// <summary>A closed type (generic arguments substituted); equal types are one object per <see cref="TypeTable"/>.</summary>
internal sealed class IlType
{
    private StorageLayout? _layout;
    private bool? _isContext;
    private ImmutableArray<IlField> _fields;

    public required IlKind Kind { get; init; }

    /// <summary>Pointee, referent, array element or the integer under an enum.</summary>
    public IlType? Element { get; init; }

    public TypeDef? Definition { get; init; }

    public ImmutableArray<IlType> Arguments { get; init; } = [];

    /// <summary>Number of a type or method parameter; parameters of a function pointer are in <see cref="Arguments"/>.</summary>
    public int Index { get; init; }

    public required string Name { get; init; }

    public required TypeTable Table { get; init; }

    public bool IsInteger => Kind is >= IlKind.Boolean and <= IlKind.NUInt or IlKind.Enum;

    public bool IsAddress => Kind is IlKind.Pointer or IlKind.ByRef;

    /// <summary>A program's context: one pointer, whatever fields it declares.</summary>
    public bool IsContext => _isContext ??= Definition?.FindAttribute("BpfContextAttribute") is not null;

    public bool IsStruct => Kind == IlKind.Struct && !IsContext;

    public bool IsMap => Kind == IlKind.Class && Definition?.FindAttribute("BpfMapKindAttribute") is not null;

    /// <summary>A declaration of a constant set before load, or of an extern.</summary>
    public bool IsConstantDeclaration =>
        Kind is IlKind.Class or IlKind.Struct && Definition?.FindAttribute("BpfConstantAttribute") is not null;

    /// <summary>The kernel's name of a kernel type; <see langword="null"/> for others.</summary>
    public string? KernelName => Definition?.FindAttribute("BtfTypeAttribute")?.Text(0);

    /// <summary>The integer kind of an integer or enum.</summary>
    public IlKind Integer => Kind == IlKind.Enum ? Element!.Integer : Kind;

    public bool IsSigned => Integer is IlKind.I1 or IlKind.I2 or IlKind.I4 or IlKind.I8 or IlKind.NInt;

    public StorageLayout Layout => _layout ??= StorageLayout.Compute(this);

    public int Size => Layout.Size;

    /// <summary>Full name without generic arguments, <c>Namespace.Outer+Inner</c>.</summary>
    public string DefinitionName => Definition?.FullName ?? Name;

    /// <summary>Instance fields, with their closed types.</summary>
    public ImmutableArray<IlField> Fields
    {
        get
        {
            if (_fields.IsDefault)
            {
                _fields = Definition is null ? [] : [.. Definition.InstanceFields.Select(h => new IlField(this, h))];
            }

            return _fields;
        }
    }

    public override string ToString() => Name;
}
