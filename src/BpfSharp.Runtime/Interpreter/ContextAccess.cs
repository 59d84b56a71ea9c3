using BpfSharp.Isa;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Finds the loads of pointers that a context declares as 32 bits, and makes them load the real 64-bit pointer.</summary>
/// <remarks>
/// <para>
/// A forward analysis of where the context pointer is: in registers and in stack slots, by constant offset, into local
/// calls. Paths are joined as "is the context", which is exact for verified programs (the kernel refuses one
/// instruction that meets two kinds of pointer) and harmless for others: the rewritten load is checked as any other.
/// </para>
/// <para>
/// Programs also hand the context on inside a structure of their own, or through a helper to a callback. Where such a pointer
/// may turn up the load asks at run time: its address is the context's field, or it is not (<see cref="MayBePointer"/>).
/// </para>
/// </remarks>
internal static class ContextAccess
{
    /// <summary>Immediate of a 32-bit load that may meet the context; of all other loads it is 0.</summary>
    public const long MayBePointer = 1;

    private const int Registers = 11;
    private const int StackSlots = RunContext.FrameBytes / 8;

    // What a register or slot holds, from the least to the most that must be assumed; other values: the context, plus that offset.
    private const short NotContext = short.MinValue;
    private const short Unknown = short.MaxValue;

    /// <summary>Rewrites a program in place.</summary>
    /// <param name="code">All its functions; the first instruction is the program's own.</param>
    /// <param name="shape">How its context lies in memory.</param>
    /// <param name="callbacks">Starts of the functions whose address the program takes.</param>
    public static void Rewrite(Code[] code, ContextShape shape, IReadOnlyCollection<int> callbacks)
    {
        if (shape.WideFields.Length == 0)
        {
            return;
        }

        // What leaves through memory or a helper is only known once everything is followed; then it is followed again.
        Escape escape = Escape.None;
        short[]?[] before;
        while (true)
        {
            before = Analyse(code, callbacks, escape);
            Escape found = escape | FindEscapes(code, before, callbacks.Count > 0);
            if (found == escape)
            {
                break;
            }

            escape = found;
        }

        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].Op != Op.Load32 || before[i] is not { } state || state[code[i].Src] == NotContext)
            {
                continue;
            }

            int from = state[code[i].Src];
            foreach (WideField field in shape.WideFields)
            {
                // Programs may not read the context through a pointer they have moved, so an unknown pointer's offset is the field's.
                if (from == Unknown && field.Offset == code[i].Offset)
                {
                    code[i].Imm = MayBePointer;
                }
                else if (from != Unknown && field.Offset == from + code[i].Offset)
                {
                    code[i].Op = Op.Load64;
                    code[i].Offset += field.NativeOffset - field.Offset;
                    break;
                }
            }
        }
    }

    /// <summary>A 32-bit load that may be of a pointer in the context.</summary>
    /// <param name="address">Where; 4 readable bytes.</param>
    /// <param name="run">The run, whose context it may be.</param>
    /// <returns>The pointer, or the 32 bits.</returns>
    public static unsafe ulong Load32(nuint address, RunContext run)
    {
        nuint offset = address - (nuint)run.Context;
        if (offset < (nuint)run.Shape.Size)
        {
            foreach (WideField field in run.Shape.WideFields)
            {
                if ((nuint)field.Offset == offset)
                {
                    return *(ulong*)(run.Context + field.NativeOffset);
                }
            }
        }

        return *(uint*)address;
    }

    [Flags]
    private enum Escape
    {
        None = 0,
        ToMemory = 1,
        ToCallbacks = 2,
    }

    private static Escape FindEscapes(Code[] code, short[]?[] before, bool hasCallbacks)
    {
        bool hasCalls = hasCallbacks || Array.Exists(code, i => i.Op == Op.CallLocal);
        Escape found = Escape.None;
        for (int i = 0; i < code.Length; i++)
        {
            if (before[i] is not { } state)
            {
                continue;
            }

            if (code[i].Op == Op.Store64Reg && state[code[i].Src] != NotContext)
            {
                // A slot of the own frame is followed, unless another function may be given its address.
                bool isFollowed = code[i].Dst == 10 && TryStackSlot(code[i].Offset, out _) && !hasCalls;
                found |= isFollowed ? Escape.None : Escape.ToMemory;
            }
            else if (hasCallbacks && code[i].Op is Op.CallHelper or Op.CallReg or Op.CallKfunc
                && state.AsSpan(1, 5).ContainsAnyExcept(NotContext))
            {
                found |= Escape.ToCallbacks;
            }
        }

        return found;
    }

    // State before each instruction that may meet the context: offset of the context pointer per register and stack slot.
    private static short[]?[] Analyse(Code[] code, IReadOnlyCollection<int> callbacks, Escape escape)
    {
        short[]?[] before = new short[]?[code.Length];
        Queue<int> work = new();
        foreach (int start in callbacks)
        {
            short[] callback = NewState();
            if (escape.HasFlag(Escape.ToCallbacks))
            {
                Array.Fill(callback, Unknown, 1, 5);
            }

            Join(before, work, start, callback);
        }

        short[] entry = NewState();
        entry[1] = 0;
        Join(before, work, 0, entry);
        while (work.TryDequeue(out int index))
        {
            ref Code instruction = ref code[index];
            short[] after = (short[])before[index]!.Clone();
            bool falls = true;
            switch (OpcodeKind(instruction.Op))
            {
                case OpKind.Jump:
                    falls = false;
                    Join(before, work, index + 1 + instruction.Offset, after);
                    break;
                case OpKind.ConditionalJump:
                case OpKind.MayGoto:
                    Join(before, work, index + 1 + instruction.Offset, after);
                    break;
                case OpKind.Exit:
                    falls = false;
                    break;
                case OpKind.Call:
                    if (instruction.Op == Op.CallLocal)
                    {
                        short[] callee = NewState();
                        Array.Copy(after, 1, callee, 1, 5);
                        Join(before, work, index + 1 + instruction.Offset, callee);
                    }

                    Array.Fill(after, NotContext, 0, 6);
                    break;
                case OpKind.LoadImmediate64:
                    after[instruction.Dst] = NotContext;
                    Join(before, work, index + 2, after);
                    falls = false;
                    break;
                case OpKind.LegacyPacket:
                    after[0] = NotContext;
                    break;
                case OpKind.Alu:
                case OpKind.Endian:
                case OpKind.AddressSpaceCast:
                case OpKind.Load:
                case OpKind.Store:
                case OpKind.Atomic:
                case OpKind.LoadAcquire:
                case OpKind.StoreRelease:
                    Transfer(instruction, after, escape.HasFlag(Escape.ToMemory));
                    break;
                case OpKind.IndirectJump:
                default:
                    falls = false;
                    break;
            }

            if (falls)
            {
                Join(before, work, index + 1, after);
            }
        }

        return before;
    }

    private static OpKind OpcodeKind(Op op) => op == Op.Invalid ? OpKind.Exit : OpcodeTable.Get(op).Kind;

    private static void Transfer(in Code i, short[] state, bool isInMemory)
    {
        if (i.Op == Op.Mov64Reg)
        {
            state[i.Dst] = state[i.Src];
        }
        else if (i.Op == Op.Add64Imm && state[i.Dst] is not NotContext and not Unknown && Math.Abs(i.Imm) < 4096)
        {
            int moved = state[i.Dst] + (int)i.Imm;
            state[i.Dst] = Math.Abs(moved) < 4096 ? (short)moved : NotContext;
        }
        else if (i.Op == Op.Load64)
        {
            short found = i.Src == 10 && TryStackSlot(i.Offset, out int slot) ? state[slot] : NotContext;
            state[i.Dst] = isInMemory && found == NotContext ? Unknown : found;
        }
        else if (i.Op is Op.Store64Reg)
        {
            if (i.Dst == 10 && TryStackSlot(i.Offset, out int slot))
            {
                state[slot] = state[i.Src];
            }
        }
        else
        {
            OpcodeInfo row = OpcodeTable.Get(i.Op);
            if (row.Kind is OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.Load or OpKind.LoadAcquire)
            {
                state[i.Dst] = NotContext;
            }
            else if (row.Fetches)
            {
                state[row.Operation == Operation.Cmpxchg ? 0 : i.Src] = NotContext;
            }
        }
    }

    private static bool TryStackSlot(int offset, out int slot)
    {
        slot = Registers + (offset + RunContext.FrameBytes) / 8;
        return offset is >= -RunContext.FrameBytes and < 0 && offset % 8 == 0;
    }

    private static short[] NewState()
    {
        short[] state = new short[Registers + StackSlots];
        Array.Fill(state, NotContext);
        return state;
    }

    private static void Join(short[]?[] before, Queue<int> work, int target, short[] state)
    {
        if ((uint)target >= (uint)before.Length)
        {
            return;
        }

        if (before[target] is not { } known)
        {
            before[target] = (short[])state.Clone();
            work.Enqueue(target);
            return;
        }

        bool changed = false;
        for (int i = 0; i < known.Length; i++)
        {
            short joined = known[i] == NotContext ? state[i] : state[i] == NotContext || state[i] == known[i] ? known[i] : Unknown;
            changed |= joined != known[i];
            known[i] = joined;
        }

        if (changed)
        {
            work.Enqueue(target);
        }
    }
}
