using BpfSharp.Isa;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Finds the loads of pointers that a context declares as 32 bits, and makes them load the real 64-bit pointer.</summary>
/// <remarks>
/// A forward analysis of where the context pointer is: in registers and in stack slots, by constant offset, into local
/// calls. Paths are joined as "may be the context", which is exact for verified programs (the kernel refuses one
/// instruction that meets two kinds of pointer) and harmless for others: the rewritten load is checked as any other.
/// </remarks>
internal static class ContextAccess
{
    private const int Registers = 11;
    private const int StackSlots = RunContext.FrameBytes / 8;
    private const short NotContext = short.MinValue;

    /// <summary>Rewrites a program in place.</summary>
    /// <returns>
    /// <see langword="false"/> if an access may have been missed: a function that is handed the context through memory may load
    /// a pointer that was not widened. Such a program must run checked: half a pointer is a fault there, and a crash otherwise.
    /// </returns>
    public static bool Rewrite(Code[] code, ContextShape shape)
    {
        if (shape.WideFields.Length == 0)
        {
            return true;
        }

        short[]?[] before = Analyse(code);
        bool isStored = false;
        bool isCalling = false;
        for (int i = 0; i < code.Length; i++)
        {
            isStored |= code[i].Op == Op.Store64Reg && before[i] is { } at && at[code[i].Src] != NotContext;
            isCalling |= code[i].Op is Op.CallLocal or Op.LoadFunction;
        }

        bool isExact = true;
        for (int i = 0; i < code.Length; i++)
        {
            // Unknown where the address comes from: it may be the context, stored by another function of the program.
            if (isStored && isCalling && code[i].Op == Op.Load32 && code[i].Src != 10
                && (before[i] is not { } known || known[code[i].Src] == NotContext)
                && Array.Exists(shape.WideFields, field => field.Offset == code[i].Offset))
            {
                isExact = false;
            }

            if (code[i].Op != Op.Load32 || before[i] is not { } state || state[code[i].Src] == NotContext)
            {
                continue;
            }

            int offset = state[code[i].Src] + code[i].Offset;
            foreach (WideField field in shape.WideFields)
            {
                if (field.Offset == offset)
                {
                    code[i].Op = Op.Load64;
                    code[i].Offset += field.NativeOffset - offset;
                }
            }
        }

        return isExact;
    }

    // State before each instruction that may meet the context: offset of the context pointer per register and stack slot.
    private static short[]?[] Analyse(Code[] code)
    {
        short[]?[] before = new short[]?[code.Length];
        Queue<int> work = new();
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
                    Transfer(instruction, after);
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

    private static void Transfer(in Code i, short[] state)
    {
        if (i.Op == Op.Mov64Reg)
        {
            state[i.Dst] = state[i.Src];
        }
        else if (i.Op == Op.Add64Imm && state[i.Dst] != NotContext && Math.Abs(i.Imm) < 4096)
        {
            state[i.Dst] += (short)i.Imm;
        }
        else if (i.Op == Op.Load64)
        {
            state[i.Dst] = i.Src == 10 && TryStackSlot(i.Offset, out int slot) ? state[slot] : NotContext;
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
            if (known[i] == NotContext && state[i] != NotContext)
            {
                known[i] = state[i];
                changed = true;
            }
        }

        if (changed)
        {
            work.Enqueue(target);
        }
    }
}
