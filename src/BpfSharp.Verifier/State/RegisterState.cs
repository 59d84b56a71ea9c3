using BpfSharp.Verifier.Domains;

namespace BpfSharp.Verifier.State;

/// <summary>What is known of one register (or one spilled to the stack) on one path.</summary>
internal struct RegisterState
{
    /// <summary>What it holds.</summary>
    public RegisterKind Kind;
    /// <summary>Whether verdicts depend on its exact range: then pruning compares it.</summary>
    public bool Precise;
    /// <summary>What else is known of a pointer.</summary>
    public RegisterFlags Flags;
    /// <summary>Frame of a stack pointer.</summary>
    public byte Frame;
    /// <summary>Whether <see cref="Id"/> links only up to a constant: both were one number plus constants.</summary>
    public bool HasDelta;
    /// <summary>Low 32 bits only were added in the linked difference.</summary>
    public bool Delta32;
    /// <summary>Fixed part of a pointer's offset; for a linked number, the constant that was added.</summary>
    public int Offset;
    /// <summary>Map's index, BTF id, subprogram, iterator kind: by <see cref="Kind"/>.</summary>
    public int Object;
    /// <summary>Second number of the kind: proven bytes of a packet, size of memory, identity of an inner map.</summary>
    public int Extra;
    /// <summary>Links copies: equal numbers, pointers of one lookup, packet pointers with one variable part.</summary>
    public int Id;
    /// <summary>The acquired reference this is (part of); 0 for none.</summary>
    public int RefId;
    /// <summary>Slot of the instruction that gave it its value, for explanations.</summary>
    public int Origin;
    /// <summary>The number, or a pointer's variable offset.</summary>
    public ScalarRange Range;

    /// <summary>Nothing.</summary>
    public static RegisterState NotInit => default;

    /// <summary>A number of which nothing is known.</summary>
    public static RegisterState UnknownScalar => new() { Kind = RegisterKind.Scalar, Range = ScalarRange.Unknown };

    /// <summary>A known number.</summary>
    public static RegisterState Const(ulong value) => new() { Kind = RegisterKind.Scalar, Range = ScalarRange.Const(value) };

    /// <summary>A number in a range.</summary>
    public static RegisterState Number(in ScalarRange range) => new() { Kind = RegisterKind.Scalar, Range = range };

    /// <summary>A pointer without variable offset.</summary>
    public static RegisterState Pointer(RegisterKind kind, RegisterFlags flags = RegisterFlags.None) =>
        new() { Kind = kind, Flags = flags, Range = ScalarRange.Const(0) };

    public readonly bool IsScalar => Kind == RegisterKind.Scalar;

    public readonly bool IsPointer => Kind is not (RegisterKind.NotInit or RegisterKind.Scalar);

    public readonly bool MaybeNull => (Flags & RegisterFlags.MaybeNull) != 0;

    public readonly bool IsConstScalar => Kind == RegisterKind.Scalar && Range.IsConst;

    public readonly bool IsNull => IsConstScalar && Range.ConstValue == 0;

    public readonly bool IsPacket => Kind is RegisterKind.Packet or RegisterKind.PacketMeta;

    public readonly bool Is(RegisterFlags flags) => (Flags & flags) == flags;
}
