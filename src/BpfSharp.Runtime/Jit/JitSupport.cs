using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

/// <summary>What compiled programs call: the cold ends of checks, and what is too long to write out.</summary>
internal static unsafe class JitSupport
{
    /// <summary>Makes the fault of an access; compiled code throws it, which tells RyuJIT that the block is cold.</summary>
    public static Exception AccessFault(RunContext run, long code, ulong address)
    {
        run.Ip = (Code*)code;
        OpcodeAccess access = OpcodeAccess.Of(*run.Ip);
        try
        {
            run.Check(address, access.Bytes, access.Writes);
        }
        catch (ProgramFault fault)
        {
            return fault;
        }

        return new ProgramFault(
            FaultKind.OutOfBounds, $"{(access.Writes ? "write" : "read")} of {access.Bytes} bytes at 0x{address:x}");
    }

    /// <summary>Makes the fault of a stop instruction, of the step budget, of call depth …</summary>
    public static Exception Fault(RunContext run, long code, int kind)
    {
        run.Ip = (Code*)code;
        if (kind == (int)FaultKind.OutOfFuel)
        {
            run.Fuel = -1;
        }

        return new ProgramFault((FaultKind)kind, null);
    }

    /// <summary>The whole test of an access by a pointer of unknown origin; returns if it is allowed.</summary>
    public static void CheckAccess(RunContext run, ulong address, int bytes, int writes, long code)
    {
        ulong distance = address - (ulong)run.StackBase;
        if (distance <= (ulong)(run.Frame - run.StackBase) - (uint)bytes)
        {
            return;
        }

        run.Ip = (Code*)code;
        run.Check(address, (uint)bytes, writes != 0);
    }

    /// <summary>The test of a store that is accepted for the values of one map, or (map -1) for the packet.</summary>
    public static void CheckStore(RunContext run, ulong address, int bytes, int map, long code)
    {
        ulong distance = address - (ulong)run.DataMeta;
        ulong packet = (ulong)(run.DataEnd - run.DataMeta);
        bool isInside = map >= 0
            ? run.Program.Object.Maps[map]!.Owns((byte*)address, (nuint)bytes)
            : distance < packet && (ulong)bytes <= packet - distance;
        if (!isInside)
        {
            run.Ip = (Code*)code;
            throw new ProgramFault(
                FaultKind.OutOfBounds, $"access of {bytes} bytes at 0x{address:x}, which is not in {(map >= 0 ? $"map '{run.Program.Object.Maps[map]!.Spec.Name}'" : "the packet")}");
        }
    }

    /// <summary>Bytes from the start of a region at which an access of a size may begin; 0 if the region is shorter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Limit(ulong regionBytes, ulong bytes) => regionBytes >= bytes ? regionBytes - bytes + 1 : 0;

    /// <summary>Tests a helper's arguments.</summary>
    public static void CheckArguments(RunContext run, int row, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
        => HelperChecker.Check(run, HelperBodies.Row(row), r1, r2, r3, r4, r5);

    /// <summary>Calls the helper whose number is in a register.</summary>
    public static ulong CallByNumber(RunContext run, ulong number, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        HelperRow? row = run.Object.FindHelper((long)number);
        if (row is null || row.Id == HelperBodies.TailCallId)
        {
            run.Stop(FaultKind.UnknownHelper, $"no helper {number} here");
        }

        if (run.IsChecked)
        {
            HelperChecker.Check(run, row, r1, r2, r3, r4, r5);
        }

        return row.Body(run, r1, r2, r3, r4, r5);
    }

    /// <summary>Clears a new frame, so that the program does not see what another run left.</summary>
    public static void ClearFrame(byte* frame) => new Span<byte>(frame - RunContext.FrameBytes, RunContext.FrameBytes).Clear();

    /// <summary>Atomic exclusive or; the old value.</summary>
    public static int FetchXor32(ref int place, int value)
    {
        int old = Volatile.Read(ref place);
        while (true)
        {
            int found = Interlocked.CompareExchange(ref place, old ^ value, old);
            if (found == old)
            {
                return old;
            }

            old = found;
        }
    }

    /// <summary>Atomic exclusive or; the old value.</summary>
    public static long FetchXor64(ref long place, long value)
    {
        long old = Volatile.Read(ref place);
        while (true)
        {
            long found = Interlocked.CompareExchange(ref place, old ^ value, old);
            if (found == old)
            {
                return old;
            }

            old = found;
        }
    }

    /// <summary>Compiles a method now, not at its first call. The code lives as long as the method's object.</summary>
    /// <returns>The address of its code.</returns>
    /// <exception cref="MissingMethodException">This runtime has no way to it.</exception>
    public static nint Compile(DynamicMethod method)
    {
        RuntimeMethodHandle handle = Descriptor(method);
        RuntimeHelpers.PrepareMethod(handle);
        return handle.GetFunctionPointer();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetMethodDescriptor")]
    private static extern RuntimeMethodHandle Descriptor(DynamicMethod method);
}

/// <summary>How an instruction touches memory.</summary>
/// <param name="Bytes">Size of the access.</param>
/// <param name="Writes">Whether it writes.</param>
internal readonly record struct OpcodeAccess(uint Bytes, bool Writes)
{
    /// <summary>Of an instruction that is an access.</summary>
    public static OpcodeAccess Of(in Code code)
    {
        ref readonly Isa.OpcodeInfo row = ref Isa.OpcodeTable.Get(code.Op);
        return new(row.Width / 8u, row.Kind is Isa.OpKind.Store or Isa.OpKind.StoreRelease or Isa.OpKind.Atomic);
    }
}
