using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Findings;

/// <summary>
/// Tells how the path came to an instruction: where it branched, and (a backward slice) only the instructions that made the
/// values the instruction uses.
/// </summary>
internal static class PathTrace
{
    private const int MaxSteps = 4_000;
    private const int MaxLines = 12;

    /// <summary>Facts for a finding, nearest first.</summary>
    public static List<string> Explain(CodeMap code, ProgramSpec program, PathState state, int slot)
    {
        if (slot < 0 || slot >= code.Length || code.Instructions[slot].Op == Op.Invalid)
        {
            return [];
        }

        List<int> path = Backwards(state, slot);
        return [.. Slice(code, program, path), .. Branches(code, program, path)];
    }

    /// <summary>The slots of the path, the offending one first.</summary>
    private static List<int> Backwards(PathState state, int slot)
    {
        List<int> path = [];
        PathState? at = state;
        int current = slot;
        while (at is not null && path.Count < MaxSteps)
        {
            int history = at.History.Count;
            while (current >= 0 && path.Count < MaxSteps)
            {
                path.Add(current);
                if (current == at.FirstSlot && (history == 0 || (history == 1 && at.History[0].Slot == current)))
                {
                    break;
                }

                if (history > 0 && at.History[history - 1].Slot == current)
                {
                    current = at.History[--history].Previous;
                }
                else
                {
                    current--;
                }
            }

            if (at.Parent is not { } parent)
            {
                break;
            }

            current = parent.LastSlot;
            at = parent;
        }

        return path;
    }

    private static List<string> Slice(CodeMap code, ProgramSpec program, List<int> path)
    {
        List<string> lines = [];
        int function = code.FunctionOf[path[0]];
        ushort wanted = Uses(code, code.Instructions[path[0]]);
        for (int k = 1; k < path.Count && wanted != 0 && lines.Count < MaxLines; k++)
        {
            int slot = path[k];
            if (code.Has(slot, SlotRoles.SecondSlot) || code.FunctionOf[slot] != function)
            {
                continue;
            }

            ref readonly DecodedInstruction insn = ref code.Instructions[slot];
            ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
            ushort written = Defines(insn, row);
            bool tests = row.Kind == OpKind.ConditionalJump && (Uses(code, insn) & wanted) != 0;
            if ((written & wanted) == 0 && !tests)
            {
                continue;
            }

            lines.Add($"because of {Text(program, slot)}");
            if (!tests)
            {
                wanted &= (ushort)~written;
                wanted |= row.Kind == OpKind.Call ? (ushort)0 : Uses(code, insn);
                wanted &= 0x3ff;
            }
        }

        return lines;
    }

    private static List<string> Branches(CodeMap code, ProgramSpec program, List<int> path)
    {
        List<string> lines = [];
        for (int k = 1; k < path.Count && lines.Count < MaxLines; k++)
        {
            int slot = path[k];
            if (code.Has(slot, SlotRoles.SecondSlot) || OpcodeTable.Get(code.Instructions[slot].Op).Kind is not (OpKind.ConditionalJump or OpKind.MayGoto))
            {
                continue;
            }

            bool jumped = path[k - 1] == code.Instructions[slot].JumpTarget && path[k - 1] != slot + 1;
            lines.Add($"path: {(jumped ? "jumped at" : "went on at")} {Text(program, slot)}");
        }

        return lines;
    }

    private static string Text(ProgramSpec program, int slot)
    {
        string text = Disassembler.Format(program.Instructions.AsSpan(), slot);
        string line = program.FindLine(slot) is { } source
            ? $"  ({source.Source}{(source.Source.Text is { } written ? ": " + written.Trim() : "")})" : "";
        return $"{slot}: {text}{line}";
    }

    private static ushort Uses(CodeMap code, in DecodedInstruction insn)
    {
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        int dst = 1 << (int)insn.Dst;
        int src = row.Operand == Operand.Reg ? 1 << (int)insn.Src : 0;
        return (ushort)(row.Kind switch
        {
            OpKind.Alu => src | (row.Operation is Operation.Mov or Operation.MovSx ? 0 : dst),
            OpKind.Endian => dst,
            OpKind.Load or OpKind.LoadAcquire or OpKind.AddressSpaceCast => 1 << (int)insn.Src,
            OpKind.Store or OpKind.StoreRelease or OpKind.Atomic or OpKind.ConditionalJump => dst | src,
            OpKind.Call => insn.Op == Op.CallLocal ? 0x3e : code.Traits(insn).Arguments,
            OpKind.Exit => 1,
            OpKind.LegacyPacket => 1 << 6,
            OpKind.LoadImmediate64 or OpKind.Jump or OpKind.MayGoto or OpKind.IndirectJump => 0,
            _ => 0,
        });
    }

    private static ushort Defines(in DecodedInstruction insn, in OpcodeInfo row) => (ushort)(row.Kind switch
    {
        OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.Load or OpKind.LoadAcquire or OpKind.LoadImmediate64 => 1 << (int)insn.Dst,
        OpKind.Atomic => row.Operation == Operation.Cmpxchg ? 1 : row.Fetches ? 1 << (int)insn.Src : 0,
        OpKind.Call or OpKind.LegacyPacket => 0x3f,
        OpKind.Store or OpKind.StoreRelease or OpKind.ConditionalJump or OpKind.Jump or OpKind.MayGoto or OpKind.IndirectJump
            or OpKind.Exit => 0,
        _ => 0,
    });
}
