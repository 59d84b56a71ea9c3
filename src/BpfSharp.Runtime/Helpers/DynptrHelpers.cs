using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;
using static BpfSharp.Runtime.Helpers.HelperArgument;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Dynamic pointers: helpers and kernel functions.</summary>
/// <remarks>
/// The structure lies in the program's own memory. In checked mode its contents may be forged, so every access through it is
/// tested like an access of the program itself.
/// </remarks>
internal static unsafe class DynptrHelpers
{
    /// <summary>Rows of helpers.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(197, "dynptr_from_mem", FromMemory),
        new(201, "dynptr_read", Read),
        new(202, "dynptr_write", Write),
        new(203, "dynptr_data", Data),
    ];

    /// <summary>Rows of kernel functions.</summary>
    public static HelperRow[] KfuncRows { get; } =
    [
        new(0, "bpf_dynptr_from_skb", FromSkb, Context, Anything, Out16),
        new(0, "bpf_dynptr_from_xdp", FromXdp, Context, Anything, Out16),
        new(0, "bpf_dynptr_slice", Slice, Out16),
        new(0, "bpf_dynptr_slice_rdwr", SliceWritable, Out16),
        new(0, "bpf_dynptr_adjust", Adjust, Out16),
        new(0, "bpf_dynptr_is_null", IsNull, Out16),
        new(0, "bpf_dynptr_is_rdonly", IsReadOnly, Out16),
        new(0, "bpf_dynptr_size", GetSize, Out16),
        new(0, "bpf_dynptr_clone", Clone, Out16, Out16),
    ];

    private static ulong FromMemory(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Dynptr* pointer = (Dynptr*)r4;
        *pointer = default;
        uint size = (uint)r2;
        if (r3 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (size > Dynptr.MaxSize)
        {
            return Answer.Of(-Errno.E2Big);
        }

        byte* data = run.IsChecked ? run.Check(r1, size, write: true) : (byte*)r1;
        *pointer = Dynptr.Of(data, size, DynptrKind.Local, isReadOnly: false);
        return 0;
    }

    private static ulong FromSkb(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        FromPacket(run, (Dynptr*)r3, r2, DynptrKind.Skb);

    private static ulong FromXdp(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        FromPacket(run, (Dynptr*)r3, r2, DynptrKind.Xdp);

    private static ulong FromPacket(RunContext run, Dynptr* pointer, ulong flags, DynptrKind kind)
    {
        *pointer = default;
        if (flags != 0 || run.Data is null)
        {
            return Answer.Of(-Errno.Einval);
        }

        *pointer = Dynptr.Of(run.Data, (uint)(run.DataEnd - run.Data), kind, isReadOnly: !PacketHelpers.MayWrite(run));
        return 0;
    }

    private static ulong Read(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Dynptr* pointer = (Dynptr*)r3;
        if (pointer->Data is null || r5 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (!IsInside(pointer, (uint)r4, (uint)r2))
        {
            return Answer.Of(-Errno.E2Big);
        }

        byte* from = At(run, pointer, (uint)r4, (uint)r2, write: false);
        if (from is null)
        {
            return Answer.Of(-Errno.Efault);
        }

        Buffer.MemoryCopy(from, (void*)r1, (uint)r2, (uint)r2);
        return 0;
    }

    private static ulong Write(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Dynptr* pointer = (Dynptr*)r1;
        if (pointer->Data is null || pointer->IsReadOnly || (r5 != 0 && pointer->Kind != DynptrKind.Skb))
        {
            return Answer.Of(-Errno.Einval);
        }

        if (!IsInside(pointer, (uint)r2, (uint)r4))
        {
            return Answer.Of(-Errno.E2Big);
        }

        byte* to = At(run, pointer, (uint)r2, (uint)r4, write: true);
        if (to is null)
        {
            return Answer.Of(-Errno.Efault);
        }

        Buffer.MemoryCopy((void*)r3, to, (uint)r4, (uint)r4);
        return 0;
    }

    private static ulong Data(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // Not of packets: they have slices, because they may move.
        Dynptr* pointer = (Dynptr*)r1;
        return pointer->Data is null || pointer->IsReadOnly || pointer->Kind is DynptrKind.Skb or DynptrKind.Xdp
            || !IsInside(pointer, (uint)r2, (uint)r3)
            ? 0
            : (ulong)At(run, pointer, (uint)r2, (uint)r3, write: true);
    }

    private static ulong Slice(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Slice(run, (Dynptr*)r1, (uint)r2, (uint)r4);

    private static ulong SliceWritable(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((Dynptr*)r1)->IsReadOnly ? 0 : Slice(run, (Dynptr*)r1, (uint)r2, (uint)r4);

    private static ulong Slice(RunContext run, Dynptr* pointer, uint offset, uint size) =>
        pointer->Data is null || !IsInside(pointer, offset, size) ? 0 : (ulong)At(run, pointer, offset, size, write: false);

    private static ulong Adjust(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Dynptr* pointer = (Dynptr*)r1;
        uint start = (uint)r2;
        uint end = (uint)r3;
        if (pointer->Data is null || start > end)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (start > pointer->Size || end > pointer->Size)
        {
            return Answer.Of(-Errno.Erange);
        }

        pointer->SetView(pointer->Offset + start, end - start);
        return 0;
    }

    private static ulong IsNull(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((Dynptr*)r1)->Data is null ? 1u : 0;

    private static ulong IsReadOnly(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((Dynptr*)r1)->Data is not null && ((Dynptr*)r1)->IsReadOnly ? 1u : 0;

    private static ulong GetSize(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((Dynptr*)r1)->Data is null ? Answer.Of(-Errno.Einval) : ((Dynptr*)r1)->Size;

    private static ulong Clone(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        *(Dynptr*)r2 = *(Dynptr*)r1;
        return ((Dynptr*)r1)->Data is null ? Answer.Of(-Errno.Einval) : 0;
    }

    private static bool IsInside(Dynptr* pointer, uint offset, uint size) => (ulong)offset + size <= pointer->Size;

    /// <summary>Address of a part of the memory; null if a packet has become too short for it.</summary>
    private static byte* At(RunContext run, Dynptr* pointer, uint offset, uint size, bool write)
    {
        ulong at = (ulong)pointer->Offset + offset;
        if (pointer->Kind is DynptrKind.Skb or DynptrKind.Xdp)
        {
            return run.Data is not null && at + size <= (ulong)(run.DataEnd - run.Data) ? run.Data + at : null;
        }

        byte* address = pointer->Data + at;
        return run.IsChecked ? run.Check((ulong)address, size, write) : address;
    }
}
