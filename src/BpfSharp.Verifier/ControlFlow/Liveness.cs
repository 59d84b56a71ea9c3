using BpfSharp.Isa;

namespace BpfSharp.Verifier.ControlFlow;

/// <summary>
/// Registers and stack slots whose value can still matter, by slot, computed before the walk: what is dead never keeps two
/// states apart.
/// </summary>
internal sealed class Liveness
{
    private const ushort CallerSaved = 0x3f;

    public Liveness(CodeMap map, StackFlow stack)
    {
        Registers = new ushort[map.Length];
        Slots = new ulong[map.Length];
        foreach (FunctionInfo function in map.Functions)
        {
            Run(map, stack, function);
        }
    }

    /// <summary>Registers read at or after a slot before they are written, as a mask.</summary>
    public ushort[] Registers { get; }

    /// <summary>The same of stack slots.</summary>
    public ulong[] Slots { get; }

    private void Run(CodeMap map, StackFlow stack, FunctionInfo function)
    {
        Span<int> next = stackalloc int[2];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int slot = function.End - 1; slot >= function.Start; slot--)
            {
                if (map.Has(slot, SlotRoles.SecondSlot))
                {
                    continue;
                }

                ushort registers = 0;
                ulong slots = 0;
                int count = map.Successors(slot, next);
                for (int i = 0; i < count; i++)
                {
                    registers |= Registers[next[i]];
                    slots |= Slots[next[i]];
                }

                (ushort uses, ushort defines) = UsesAndDefines(map, map.Instructions[slot]);
                registers = (ushort)((registers & ~defines) | uses);
                slots = (slots & ~stack.Writes[slot]) | stack.Reads[slot];
                if (registers != Registers[slot] || slots != Slots[slot])
                {
                    Registers[slot] = registers;
                    Slots[slot] = slots;
                    changed = true;
                }
            }
        }
    }

    private static (ushort Uses, ushort Defines) UsesAndDefines(CodeMap map, in DecodedInstruction insn)
    {
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        ushort dst = (ushort)(1 << (int)insn.Dst);
        ushort src = (ushort)(row.Operand == Operand.Reg ? 1 << (int)insn.Src : 0);
        switch (row.Kind)
        {
            case OpKind.Alu:
                bool readsDst = row.Operation is not (Operation.Mov or Operation.MovSx);
                return ((ushort)(src | (readsDst ? dst : 0)), dst);
            case OpKind.Endian:
                return (dst, dst);
            case OpKind.AddressSpaceCast:
                return ((ushort)(1 << (int)insn.Src), dst);
            case OpKind.Load or OpKind.LoadAcquire:
                return ((ushort)(1 << (int)insn.Src), dst);
            case OpKind.Store or OpKind.StoreRelease:
                return ((ushort)(dst | src), 0);
            case OpKind.Atomic when row.Operation == Operation.Cmpxchg:
                return ((ushort)(dst | src | 1), 1);
            case OpKind.Atomic:
                return ((ushort)(dst | src), (ushort)(row.Fetches ? src : 0));
            case OpKind.LoadImmediate64:
                return (0, dst);
            case OpKind.LegacyPacket:
                return ((ushort)((1 << 6) | (row.Operation == Operation.LdInd ? 1 << (int)insn.Src : 0)), CallerSaved);
            case OpKind.ConditionalJump:
                return ((ushort)(dst | src), 0);
            case OpKind.Call:
                return (insn.Op == Op.CallLocal ? (ushort)0x3e : map.Traits(insn).Arguments, CallerSaved);
            case OpKind.Exit:
                return (1, 0);
            case OpKind.IndirectJump:
                return (dst, 0);
            case OpKind.Jump or OpKind.MayGoto:
            default:
                return (0, 0);
        }
    }
}
