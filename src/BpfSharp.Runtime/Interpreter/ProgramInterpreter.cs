using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using BpfSharp.Isa;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Runs predecoded programs: the reference every other engine is compared with.</summary>
/// <remarks>
/// Steps are counted where a program can repeat itself: a jump back costs the distance, a local call the length of the
/// function. The JIT counts alike, so a budget means the same on both.
/// </remarks>
internal static unsafe partial class ProgramInterpreter
{
    // may_goto jumps out once a function has gone round this often (the kernel's BPF_MAX_LOOPS).
    private const long MayGotoLoops = 8 * 1024 * 1024;

    /// <summary>What a local call puts aside.</summary>
    private struct Caller
    {
        public Code* Return;
        public ulong R6;
        public ulong R7;
        public ulong R8;
        public ulong R9;
        public long MayGoto;
    }

    /// <summary>Runs a function in a new frame.</summary>
    /// <param name="run">The run; its frame is the caller's.</param>
    /// <param name="ip">First instruction of the function.</param>
    /// <param name="arguments">r1 to r5.</param>
    /// <returns>r0 at its exit.</returns>
    [SkipLocalsInit]
    public static ulong Run<TMode>(RunContext run, Code* ip, ulong* arguments) where TMode : struct, IMode
    {
        // Registers begin a cache line: elsewhere on the stack every instruction took up to half as long again, by chance of the caller.
        ulong* room = stackalloc ulong[11 + 8];
        ulong* r = (ulong*)(((nuint)room + 63) & ~(nuint)63);
        Caller* callers = stackalloc Caller[RunContext.MaxFrames];
        int depth = 0;
        long mayGoto = MayGotoLoops;
        long fuel = run.Fuel;
        byte* frame = run.PushFrame<TMode>();
        for (int k = 1; k <= 5; k++)
        {
            r[k] = arguments[k - 1];
        }

        r[0] = r[6] = r[7] = r[8] = r[9] = 0;
        r[10] = (ulong)frame;
        Code* i = ip;
        while (true)
        {
            if (TMode.IsObserved)
            {
                ObservedMode.Note(run, i, r);
            }

            switch (i->Op)
            {
                case Op.Add64Imm: r[i->Dst] += (ulong)i->Imm; i++; continue;
                case Op.Add64Reg: r[i->Dst] += r[i->Src]; i++; continue;
                case Op.Sub64Imm: r[i->Dst] -= (ulong)i->Imm; i++; continue;
                case Op.Sub64Reg: r[i->Dst] -= r[i->Src]; i++; continue;
                case Op.Mul64Imm: r[i->Dst] *= (ulong)i->Imm; i++; continue;
                case Op.Mul64Reg: r[i->Dst] *= r[i->Src]; i++; continue;
                case Op.Or64Imm: r[i->Dst] |= (ulong)i->Imm; i++; continue;
                case Op.Or64Reg: r[i->Dst] |= r[i->Src]; i++; continue;
                case Op.And64Imm: r[i->Dst] &= (ulong)i->Imm; i++; continue;
                case Op.And64Reg: r[i->Dst] &= r[i->Src]; i++; continue;
                case Op.Xor64Imm: r[i->Dst] ^= (ulong)i->Imm; i++; continue;
                case Op.Xor64Reg: r[i->Dst] ^= r[i->Src]; i++; continue;
                case Op.Div64Imm: r[i->Dst] = Semantics.Div64(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.Div64Reg: r[i->Dst] = Semantics.Div64(r[i->Dst], r[i->Src]); i++; continue;
                case Op.Mod64Imm: r[i->Dst] = Semantics.Mod64(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.Mod64Reg: r[i->Dst] = Semantics.Mod64(r[i->Dst], r[i->Src]); i++; continue;
                case Op.SDiv64Imm: r[i->Dst] = Semantics.SDiv64(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.SDiv64Reg: r[i->Dst] = Semantics.SDiv64(r[i->Dst], r[i->Src]); i++; continue;
                case Op.SMod64Imm: r[i->Dst] = Semantics.SMod64(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.SMod64Reg: r[i->Dst] = Semantics.SMod64(r[i->Dst], r[i->Src]); i++; continue;
                case Op.Lsh64Imm: r[i->Dst] <<= (int)i->Imm; i++; continue;
                case Op.Lsh64Reg: r[i->Dst] <<= (int)r[i->Src]; i++; continue;
                case Op.Rsh64Imm: r[i->Dst] >>= (int)i->Imm; i++; continue;
                case Op.Rsh64Reg: r[i->Dst] >>= (int)r[i->Src]; i++; continue;
                case Op.Arsh64Imm: r[i->Dst] = (ulong)((long)r[i->Dst] >> (int)i->Imm); i++; continue;
                case Op.Arsh64Reg: r[i->Dst] = (ulong)((long)r[i->Dst] >> (int)r[i->Src]); i++; continue;
                case Op.Mov64Imm: r[i->Dst] = (ulong)i->Imm; i++; continue;
                case Op.Mov64Reg: r[i->Dst] = r[i->Src]; i++; continue;
                case Op.MovSx8To64: r[i->Dst] = (ulong)(sbyte)r[i->Src]; i++; continue;
                case Op.MovSx16To64: r[i->Dst] = (ulong)(short)r[i->Src]; i++; continue;
                case Op.MovSx32To64: r[i->Dst] = (ulong)(int)r[i->Src]; i++; continue;
                case Op.Neg64: r[i->Dst] = 0 - r[i->Dst]; i++; continue;

                case Op.Add32Imm: r[i->Dst] = (uint)r[i->Dst] + (uint)i->Imm; i++; continue;
                case Op.Add32Reg: r[i->Dst] = (uint)r[i->Dst] + (uint)r[i->Src]; i++; continue;
                case Op.Sub32Imm: r[i->Dst] = (uint)r[i->Dst] - (uint)i->Imm; i++; continue;
                case Op.Sub32Reg: r[i->Dst] = (uint)r[i->Dst] - (uint)r[i->Src]; i++; continue;
                case Op.Mul32Imm: r[i->Dst] = (uint)r[i->Dst] * (uint)i->Imm; i++; continue;
                case Op.Mul32Reg: r[i->Dst] = (uint)r[i->Dst] * (uint)r[i->Src]; i++; continue;
                case Op.Or32Imm: r[i->Dst] = (uint)r[i->Dst] | (uint)i->Imm; i++; continue;
                case Op.Or32Reg: r[i->Dst] = (uint)r[i->Dst] | (uint)r[i->Src]; i++; continue;
                case Op.And32Imm: r[i->Dst] = (uint)r[i->Dst] & (uint)i->Imm; i++; continue;
                case Op.And32Reg: r[i->Dst] = (uint)r[i->Dst] & (uint)r[i->Src]; i++; continue;
                case Op.Xor32Imm: r[i->Dst] = (uint)r[i->Dst] ^ (uint)i->Imm; i++; continue;
                case Op.Xor32Reg: r[i->Dst] = (uint)r[i->Dst] ^ (uint)r[i->Src]; i++; continue;
                case Op.Div32Imm: r[i->Dst] = Semantics.Div32(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.Div32Reg: r[i->Dst] = Semantics.Div32(r[i->Dst], r[i->Src]); i++; continue;
                case Op.Mod32Imm: r[i->Dst] = Semantics.Mod32(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.Mod32Reg: r[i->Dst] = Semantics.Mod32(r[i->Dst], r[i->Src]); i++; continue;
                case Op.SDiv32Imm: r[i->Dst] = Semantics.SDiv32(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.SDiv32Reg: r[i->Dst] = Semantics.SDiv32(r[i->Dst], r[i->Src]); i++; continue;
                case Op.SMod32Imm: r[i->Dst] = Semantics.SMod32(r[i->Dst], (ulong)i->Imm); i++; continue;
                case Op.SMod32Reg: r[i->Dst] = Semantics.SMod32(r[i->Dst], r[i->Src]); i++; continue;
                case Op.Lsh32Imm: r[i->Dst] = (uint)r[i->Dst] << (int)i->Imm; i++; continue;
                case Op.Lsh32Reg: r[i->Dst] = (uint)r[i->Dst] << (int)r[i->Src]; i++; continue;
                case Op.Rsh32Imm: r[i->Dst] = (uint)r[i->Dst] >> (int)i->Imm; i++; continue;
                case Op.Rsh32Reg: r[i->Dst] = (uint)r[i->Dst] >> (int)r[i->Src]; i++; continue;
                case Op.Arsh32Imm: r[i->Dst] = (uint)((int)r[i->Dst] >> (int)i->Imm); i++; continue;
                case Op.Arsh32Reg: r[i->Dst] = (uint)((int)r[i->Dst] >> (int)r[i->Src]); i++; continue;
                case Op.Mov32Imm: r[i->Dst] = (uint)i->Imm; i++; continue;
                case Op.Mov32Reg: r[i->Dst] = (uint)r[i->Src]; i++; continue;
                case Op.MovSx8To32: r[i->Dst] = (uint)(sbyte)r[i->Src]; i++; continue;
                case Op.MovSx16To32: r[i->Dst] = (uint)(short)r[i->Src]; i++; continue;
                case Op.Neg32: r[i->Dst] = 0 - (uint)r[i->Dst]; i++; continue;

                case Op.Le16: r[i->Dst] = (ushort)r[i->Dst]; i++; continue;
                case Op.Le32: r[i->Dst] = (uint)r[i->Dst]; i++; continue;
                case Op.Le64: i++; continue;
                case Op.Be16:
                case Op.Bswap16: r[i->Dst] = BinaryPrimitives.ReverseEndianness((ushort)r[i->Dst]); i++; continue;
                case Op.Be32:
                case Op.Bswap32: r[i->Dst] = BinaryPrimitives.ReverseEndianness((uint)r[i->Dst]); i++; continue;
                case Op.Be64:
                case Op.Bswap64: r[i->Dst] = BinaryPrimitives.ReverseEndianness(r[i->Dst]); i++; continue;
                case Op.AddrSpaceCast: r[i->Dst] = r[i->Src]; i++; continue;

                case Op.Load8: r[i->Dst] = *(byte*)At<TMode>(run, i, r[i->Src], 1, write: false, frame); i++; continue;
                case Op.Load16: r[i->Dst] = *(ushort*)At<TMode>(run, i, r[i->Src], 2, write: false, frame); i++; continue;
                case Op.Load32 when TMode.IsObserved && i->Imm == ContextAccess.MayBePointer:
                case FusedOp.LoadContext32:
                    r[i->Dst] = ContextAccess.Load32((nuint)At<TMode>(run, i, r[i->Src], 4, write: false, frame), run);
                    i++;
                    continue;
                case Op.Load32: r[i->Dst] = *(uint*)At<TMode>(run, i, r[i->Src], 4, write: false, frame); i++; continue;
                case Op.Load64: r[i->Dst] = *(ulong*)At<TMode>(run, i, r[i->Src], 8, write: false, frame); i++; continue;
                case Op.LoadSx8: r[i->Dst] = (ulong)*(sbyte*)At<TMode>(run, i, r[i->Src], 1, write: false, frame); i++; continue;
                case Op.LoadSx16: r[i->Dst] = (ulong)*(short*)At<TMode>(run, i, r[i->Src], 2, write: false, frame); i++; continue;
                case Op.LoadSx32: r[i->Dst] = (ulong)*(int*)At<TMode>(run, i, r[i->Src], 4, write: false, frame); i++; continue;
                case Op.Store8Imm: *(byte*)At<TMode>(run, i, r[i->Dst], 1, write: true, frame) = (byte)i->Imm; i++; continue;
                case Op.Store16Imm: *(ushort*)At<TMode>(run, i, r[i->Dst], 2, write: true, frame) = (ushort)i->Imm; i++; continue;
                case Op.Store32Imm: *(uint*)At<TMode>(run, i, r[i->Dst], 4, write: true, frame) = (uint)i->Imm; i++; continue;
                case Op.Store64Imm: *(ulong*)At<TMode>(run, i, r[i->Dst], 8, write: true, frame) = (ulong)i->Imm; i++; continue;
                case Op.Store8Reg: *(byte*)At<TMode>(run, i, r[i->Dst], 1, write: true, frame) = (byte)r[i->Src]; i++; continue;
                case Op.Store16Reg: *(ushort*)At<TMode>(run, i, r[i->Dst], 2, write: true, frame) = (ushort)r[i->Src]; i++; continue;
                case Op.Store32Reg: *(uint*)At<TMode>(run, i, r[i->Dst], 4, write: true, frame) = (uint)r[i->Src]; i++; continue;
                case Op.Store64Reg: *(ulong*)At<TMode>(run, i, r[i->Dst], 8, write: true, frame) = (ulong)r[i->Src]; i++; continue;

                case Op.AtomicAdd32: Interlocked.Add(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicFetchAdd32:
                    r[i->Src] = Interlocked.Add(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]) - (uint)r[i->Src];
                    break;
                case Op.AtomicOr32: Interlocked.Or(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicFetchOr32: r[i->Src] = Interlocked.Or(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicAnd32: Interlocked.And(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicFetchAnd32: r[i->Src] = Interlocked.And(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicXor32: FetchXor32((uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicFetchXor32: r[i->Src] = FetchXor32((uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicXchg32: r[i->Src] = Interlocked.Exchange(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]); i++; continue;
                case Op.AtomicCmpxchg32:
                    r[0] = Interlocked.CompareExchange(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src], (uint)r[0]);
                    break;
                case Op.AtomicAdd64: Interlocked.Add(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicFetchAdd64:
                    r[i->Src] = Interlocked.Add(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]) - (ulong)r[i->Src];
                    break;
                case Op.AtomicOr64: Interlocked.Or(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicFetchOr64: r[i->Src] = Interlocked.Or(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicAnd64: Interlocked.And(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicFetchAnd64: r[i->Src] = Interlocked.And(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicXor64: FetchXor64((ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicFetchXor64: r[i->Src] = FetchXor64((ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicXchg64: r[i->Src] = Interlocked.Exchange(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]); i++; continue;
                case Op.AtomicCmpxchg64:
                    r[0] = Interlocked.CompareExchange(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src], (ulong)r[0]);
                    break;
                case Op.LoadAcquire8:
                    r[i->Dst] = Volatile.Read(ref *(byte*)AlignedRead<TMode>(run, i, r[i->Src], 1, frame));
                    break;
                case Op.LoadAcquire16:
                    r[i->Dst] = Volatile.Read(ref *(ushort*)AlignedRead<TMode>(run, i, r[i->Src], 2, frame));
                    break;
                case Op.LoadAcquire32:
                    r[i->Dst] = Volatile.Read(ref *(uint*)AlignedRead<TMode>(run, i, r[i->Src], 4, frame));
                    break;
                case Op.LoadAcquire64:
                    r[i->Dst] = Volatile.Read(ref *(ulong*)AlignedRead<TMode>(run, i, r[i->Src], 8, frame));
                    break;
                case Op.StoreRelease8:
                    Volatile.Write(ref *(byte*)Aligned<TMode>(run, i, r[i->Dst], 1, frame), (byte)r[i->Src]);
                    break;
                case Op.StoreRelease16:
                    Volatile.Write(ref *(ushort*)Aligned<TMode>(run, i, r[i->Dst], 2, frame), (ushort)r[i->Src]);
                    break;
                case Op.StoreRelease32:
                    Volatile.Write(ref *(uint*)Aligned<TMode>(run, i, r[i->Dst], 4, frame), (uint)r[i->Src]);
                    break;
                case Op.StoreRelease64:
                    Volatile.Write(ref *(ulong*)Aligned<TMode>(run, i, r[i->Dst], 8, frame), (ulong)r[i->Src]);
                    break;

                case Op.Ja:
                case Op.Ja32: goto Jump;
                case Op.Jeq64Imm: if (r[i->Dst] == (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jeq64Reg: if (r[i->Dst] == r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jgt64Imm: if (r[i->Dst] > (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jgt64Reg: if (r[i->Dst] > r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jge64Imm: if (r[i->Dst] >= (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jge64Reg: if (r[i->Dst] >= r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jset64Imm: if ((r[i->Dst] & (ulong)i->Imm) != 0) { goto Jump; } i++; continue;
                case Op.Jset64Reg: if ((r[i->Dst] & r[i->Src]) != 0) { goto Jump; } i++; continue;
                case Op.Jne64Imm: if (r[i->Dst] != (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jne64Reg: if (r[i->Dst] != r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsgt64Imm: if ((long)r[i->Dst] > i->Imm) { goto Jump; } i++; continue;
                case Op.Jsgt64Reg: if ((long)r[i->Dst] > (long)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsge64Imm: if ((long)r[i->Dst] >= i->Imm) { goto Jump; } i++; continue;
                case Op.Jsge64Reg: if ((long)r[i->Dst] >= (long)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jlt64Imm: if (r[i->Dst] < (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jlt64Reg: if (r[i->Dst] < r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jle64Imm: if (r[i->Dst] <= (ulong)i->Imm) { goto Jump; } i++; continue;
                case Op.Jle64Reg: if (r[i->Dst] <= r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jslt64Imm: if ((long)r[i->Dst] < i->Imm) { goto Jump; } i++; continue;
                case Op.Jslt64Reg: if ((long)r[i->Dst] < (long)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsle64Imm: if ((long)r[i->Dst] <= i->Imm) { goto Jump; } i++; continue;
                case Op.Jsle64Reg: if ((long)r[i->Dst] <= (long)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jeq32Imm: if ((uint)r[i->Dst] == (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jeq32Reg: if ((uint)r[i->Dst] == (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jgt32Imm: if ((uint)r[i->Dst] > (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jgt32Reg: if ((uint)r[i->Dst] > (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jge32Imm: if ((uint)r[i->Dst] >= (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jge32Reg: if ((uint)r[i->Dst] >= (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jset32Imm: if (((uint)r[i->Dst] & (uint)i->Imm) != 0) { goto Jump; } i++; continue;
                case Op.Jset32Reg: if (((uint)r[i->Dst] & (uint)r[i->Src]) != 0) { goto Jump; } i++; continue;
                case Op.Jne32Imm: if ((uint)r[i->Dst] != (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jne32Reg: if ((uint)r[i->Dst] != (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsgt32Imm: if ((int)r[i->Dst] > (int)i->Imm) { goto Jump; } i++; continue;
                case Op.Jsgt32Reg: if ((int)r[i->Dst] > (int)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsge32Imm: if ((int)r[i->Dst] >= (int)i->Imm) { goto Jump; } i++; continue;
                case Op.Jsge32Reg: if ((int)r[i->Dst] >= (int)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jlt32Imm: if ((uint)r[i->Dst] < (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jlt32Reg: if ((uint)r[i->Dst] < (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jle32Imm: if ((uint)r[i->Dst] <= (uint)i->Imm) { goto Jump; } i++; continue;
                case Op.Jle32Reg: if ((uint)r[i->Dst] <= (uint)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jslt32Imm: if ((int)r[i->Dst] < (int)i->Imm) { goto Jump; } i++; continue;
                case Op.Jslt32Reg: if ((int)r[i->Dst] < (int)r[i->Src]) { goto Jump; } i++; continue;
                case Op.Jsle32Imm: if ((int)r[i->Dst] <= (int)i->Imm) { goto Jump; } i++; continue;
                case Op.Jsle32Reg: if ((int)r[i->Dst] <= (int)r[i->Src]) { goto Jump; } i++; continue;

                case FusedOp.MovAddImm: r[i->Dst] = r[i->Src] + (ulong)i->Imm; i += 2; continue;
                case FusedOp.MovAddReg: r[i->Dst] = r[i->Src] + r[i->Offset]; i += 2; continue;
                case FusedOp.MovXorReg: r[i->Dst] = r[i->Src] ^ r[i->Offset]; i += 2; continue;
                case FusedOp.MovOrReg: r[i->Dst] = r[i->Src] | r[i->Offset]; i += 2; continue;
                case FusedOp.MovAndImm: r[i->Dst] = r[i->Src] & (ulong)i->Imm; i += 2; continue;
                case FusedOp.MovLshImm: r[i->Dst] = r[i->Src] << (int)i->Imm; i += 2; continue;
                case FusedOp.MovRshImm: r[i->Dst] = r[i->Src] >> (int)i->Imm; i += 2; continue;
                case FusedOp.Rotate:
                    r[i->Src] = r[i->Dst] >> (int)i->Imm;
                    r[i->Dst] = r[i->Dst] << i->Offset | r[i->Src];
                    i += 4;
                    continue;
                case FusedOp.RotateRight:
                    r[i->Src] = r[i->Dst] << (int)i->Imm;
                    r[i->Dst] = r[i->Dst] >> i->Offset | r[i->Src];
                    i += 4;
                    continue;
                case FusedOp.AddJumpNotEqual:
                    ulong sum = r[i->Dst] + (ulong)(int)i->Imm;
                    r[i->Dst] = sum;
                    i++;
                    if (sum != (ulong)(i[-1].Imm >> 32))
                    {
                        goto Jump;
                    }

                    break;

                case Op.MayGoto:
                    if (mayGoto-- == 0)
                    {
                        mayGoto = 0;
                        goto Jump;
                    }

                    break;

                // Pseudo forms are resolved when a program is predecoded; what could not be is Invalid.
                case Op.LoadImm64:
                case Op.LoadMapFd:
                case Op.LoadMapValueFd:
                case Op.LoadBtfId:
                case Op.LoadFunction:
                case Op.LoadMapIndex:
                case Op.LoadMapValueIndex:
                    r[i->Dst] = (ulong)i->Imm;
                    i++;
                    break;

                case Op.LdAbs8:
                case Op.LdAbs16:
                case Op.LdAbs32:
                case Op.LdInd8:
                case Op.LdInd16:
                case Op.LdInd32:
                    run.Ip = i;
                    if (!LegacyPacket.TryLoad(run, i->Op, (int)i->Imm, r[i->Src], out r[0]))
                    {
                        goto Exit;
                    }

                    break;

                case Op.CallHelper:
                case Op.CallKfunc:
                case Op.CallReg:
                    run.Ip = i;
                    run.Fuel = fuel;
                    if (i->Op == Op.CallReg)
                    {
                        r[0] = CallByNumber<TMode>(run, r[i->Dst], r);
                    }
                    else if (i->Src == (byte)CallForm.TailCall)
                    {
                        if (run.TryTailCall(r[1], r[2], r[3], out r[0]))
                        {
                            fuel = run.Fuel;
                            goto Exit;
                        }
                    }
                    else
                    {
                        if (TMode.IsChecked && i->Offset >= 0)
                        {
                            HelperChecker.Check(run, HelperBodies.Row(i->Offset), r[1], r[2], r[3], r[4], r[5]);
                        }

                        r[0] = ((delegate*<RunContext, ulong, ulong, ulong, ulong, ulong, ulong>)i->Imm)(
                            run, r[1], r[2], r[3], r[4], r[5]);
                    }

                    fuel = run.Fuel;
                    break;

                case Op.CallLocal:
                    if (TMode.IsChecked && (fuel -= i->Imm) < 0)
                    {
                        OutOfFuel(run, i);
                    }

                    run.Ip = i;
                    Caller* caller = callers + depth++;
                    caller->Return = i + 1;
                    caller->R6 = r[6];
                    caller->R7 = r[7];
                    caller->R8 = r[8];
                    caller->R9 = r[9];
                    caller->MayGoto = mayGoto;
                    mayGoto = MayGotoLoops;
                    frame = run.PushFrame<TMode>();
                    r[0] = r[6] = r[7] = r[8] = r[9] = 0;
                    r[10] = (ulong)frame;
                    i += i->Offset;
                    break;

                case Op.Exit:
                    goto Exit;

                case Op.GotoX:
                case Op.Invalid:
                default:
                    run.Ip = i;
                    run.Stop(i->Op == Op.Invalid ? (FaultKind)i->Imm : FaultKind.InvalidInstruction);
                    break;
            }

            i++;
            continue;

        Jump:
            if (TMode.IsChecked && i->Offset < 0 && (fuel += i->Offset) < 0)
            {
                OutOfFuel(run, i);
            }

            i += i->Offset + 1;
            continue;

        Exit:
            frame = run.PopFrame();
            if (depth == 0)
            {
                run.Fuel = fuel;
                return r[0];
            }

            Caller* back = callers + --depth;
            i = back->Return;
            r[6] = back->R6;
            r[7] = back->R7;
            r[8] = back->R8;
            r[9] = back->R9;
            r[10] = (ulong)frame;
            mayGoto = back->MayGoto;
        }
    }

    private static ulong CallByNumber<TMode>(RunContext run, ulong number, ulong* r) where TMode : struct, IMode
    {
        HelperRow? row = run.Object.FindHelper((long)number);
        if (row is null || row.Id == HelperBodies.TailCallId)
        {
            run.Stop(FaultKind.UnknownHelper, $"no helper {number} here");
        }

        if (TMode.IsChecked)
        {
            HelperChecker.Check(run, row, r[1], r[2], r[3], r[4], r[5]);
        }

        return row.Body(run, r[1], r[2], r[3], r[4], r[5]);
    }

    private static void OutOfFuel(RunContext run, Code* i)
    {
        run.Ip = i;
        run.Fuel = -1;
        run.Stop(FaultKind.OutOfFuel);
    }
}
