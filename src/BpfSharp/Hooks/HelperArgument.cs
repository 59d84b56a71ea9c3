using static BpfSharp.Hooks.HelperArgumentTraits;

namespace BpfSharp.Hooks;

/// <summary>An argument of a helper.</summary>
/// <param name="Name">Its name in the kernel's prototype.</param>
/// <param name="Kind">What a verifier demands.</param>
/// <param name="Type">
/// C type of a number (<c>u32</c>), or what a pointer points to (<c>bpf_sock_tuple</c>, <c>task_struct</c>, <c>void</c>).
/// </param>
/// <param name="Traits">Finer points.</param>
/// <param name="Size">Bytes of fixed-size memory; else 0.</param>
public readonly record struct HelperArgument(
    string Name, HelperArgumentKind Kind, string Type, HelperArgumentTraits Traits = None, int Size = 0)
{
    /// <summary>Whether it is a pointer (or may be one, as <see cref="HelperArgumentKind.Anything"/> of type <c>void</c>).</summary>
    public bool IsPointer => Kind is not (HelperArgumentKind.Scalar or HelperArgumentKind.Size
        or HelperArgumentKind.SizeOrZero or HelperArgumentKind.AllocationSize)
        && (Kind != HelperArgumentKind.Anything || Type == "void");

    /// <summary>Whether null is allowed.</summary>
    public bool IsNullable => (Traits & MayBeNull) != 0;

    // What the rows of HelperTable are written with.
    internal static HelperArgument U16(string name) => new(name, HelperArgumentKind.Anything, "u16");
    internal static HelperArgument U32(string name) => new(name, HelperArgumentKind.Anything, "u32");
    internal static HelperArgument U64(string name) => new(name, HelperArgumentKind.Anything, "u64");
    internal static HelperArgument S32(string name) => new(name, HelperArgumentKind.Anything, "s32");
    internal static HelperArgument Address(string name) => new(name, HelperArgumentKind.Anything, "void");
    internal static HelperArgument Count(string name) => new(name, HelperArgumentKind.Scalar, "u32");
    internal static HelperArgument Context(string name) => new(name, HelperArgumentKind.Context, "void");
    internal static HelperArgument OptionalContext(string name) => new(name, HelperArgumentKind.Context, "void", MayBeNull);
    internal static HelperArgument Map(string name) => new(name, HelperArgumentKind.Map, "bpf_map");
    internal static HelperArgument Key(string name) => new(name, HelperArgumentKind.MapKey, "void", Reads);
    internal static HelperArgument Value(string name) => new(name, HelperArgumentKind.MapValue, "void", Reads);
    internal static HelperArgument OptionalValue(string name) => new(name, HelperArgumentKind.MapValue, "void", Reads | MayBeNull);
    internal static HelperArgument OutValue(string name) => new(name, HelperArgumentKind.MapValue, "void", Writes);
    internal static HelperArgument In(string name, string type) => new(name, HelperArgumentKind.Memory, type, Reads);
    internal static HelperArgument OptionalIn(string name, string type) => new(name, HelperArgumentKind.Memory, type, Reads | MayBeNull);
    internal static HelperArgument Out(string name, string type) => new(name, HelperArgumentKind.Memory, type, Writes);
    internal static HelperArgument InOut(string name, string type) => new(name, HelperArgumentKind.Memory, type, Reads | Writes);
    internal static HelperArgument OptionalInOut(string name, string type) =>
        new(name, HelperArgumentKind.Memory, type, Reads | Writes | MayBeNull);
    internal static HelperArgument InFixed(string name, string type, int size) =>
        new(name, HelperArgumentKind.Memory, type, Reads | FixedSize, size);
    internal static HelperArgument OutFixed(string name, string type, int size) =>
        new(name, HelperArgumentKind.Memory, type, Writes | FixedSize | Aligned, size);
    internal static HelperArgument InOutFixed(string name, string type, int size) =>
        new(name, HelperArgumentKind.Memory, type, Reads | Writes | FixedSize | Aligned, size);
    internal static HelperArgument Bytes(string name) => new(name, HelperArgumentKind.Size, "u32");
    internal static HelperArgument BytesOrZero(string name) => new(name, HelperArgumentKind.SizeOrZero, "u32");
    internal static HelperArgument AllocationSize(string name) => new(name, HelperArgumentKind.AllocationSize, "u64");
    internal static HelperArgument Record(string name) => new(name, HelperArgumentKind.RingRecord, "void", Releases);
    internal static HelperArgument SockCommon(string name) => new(name, HelperArgumentKind.SockCommon, "bpf_sock");
    internal static HelperArgument OptionalSocket(string name) => new(name, HelperArgumentKind.Socket, "bpf_sock", MayBeNull);
    internal static HelperArgument BtfSocket(string name) => new(name, HelperArgumentKind.BtfSocket, "sock_common");
    internal static HelperArgument OptionalBtfSocket(string name) =>
        new(name, HelperArgumentKind.BtfSocket, "sock_common", MayBeNull);
    internal static HelperArgument ReleasedSocket(string name) => new(name, HelperArgumentKind.BtfSocket, "sock_common", Releases);
    internal static HelperArgument Typed(string name, string type) => new(name, HelperArgumentKind.BtfPointer, type);
    internal static HelperArgument OptionalTyped(string name, string type) =>
        new(name, HelperArgumentKind.BtfPointer, type, MayBeNull);
    internal static HelperArgument PerCpu(string name) => new(name, HelperArgumentKind.PerCpuVariable, "void");
    internal static HelperArgument Function(string name) => new(name, HelperArgumentKind.Function, "void");
    internal static HelperArgument OptionalStack(string name) => new(name, HelperArgumentKind.Stack, "void", MayBeNull);
    internal static HelperArgument ConstantString(string name) => new(name, HelperArgumentKind.ConstantString, "char");
    internal static HelperArgument SpinLock(string name) => new(name, HelperArgumentKind.SpinLock, "bpf_spin_lock");
    internal static HelperArgument Timer(string name) => new(name, HelperArgumentKind.Timer, "bpf_timer");
    internal static HelperArgument KptrSlot(string name) => new(name, HelperArgumentKind.KptrSlot, "void");
    internal static HelperArgument KptrValue(string name) =>
        new(name, HelperArgumentKind.KptrValue, "void", MayBeNull | Releases);
    internal static HelperArgument Dynptr(string name) => new(name, HelperArgumentKind.Dynptr, "bpf_dynptr");
    internal static HelperArgument NewLocalDynptr(string name) =>
        new(name, HelperArgumentKind.Dynptr, "bpf_dynptr", Writes | LocalDynptr);
    internal static HelperArgument NewRingDynptr(string name) =>
        new(name, HelperArgumentKind.Dynptr, "bpf_dynptr", Writes | RingDynptr);
    internal static HelperArgument ReleasedRingDynptr(string name) =>
        new(name, HelperArgumentKind.Dynptr, "bpf_dynptr", Releases | RingDynptr);
}
