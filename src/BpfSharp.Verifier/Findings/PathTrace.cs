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
    public static List<string> Explain(CodeMap code, BpfObject obj, ProgramSpec program, PathState state, int slot, string id)
    {
        if (slot < 0 || slot >= code.Length || code.Instructions[slot].Op == Op.Invalid)
        {
            return [];
        }

        List<int> path = Backwards(state, slot);
        HashSet<string> shown = program.FindLine(slot) is { } own ? [Line(own)] : [];
        HashSet<int> told = [];
        return [.. Slice(code, obj, program, path, id, shown, told), .. Branches(code, obj, program, path, shown, told)];
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

    private static List<string> Slice(CodeMap code, BpfObject obj, ProgramSpec program, List<int> path, string id, HashSet<string> shown, HashSet<int> told)
    {
        List<string> lines = [];
        int function = code.FunctionOf[path[0]];
        ushort wanted = Culprits(code, code.Instructions[path[0]], id);
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

            told.Add(slot);
            string why = !tests ? "because of" : Jumped(code, path, k) ? "path: jumped at" : "path: went on at";
            lines.Add($"{why} {Text(obj, program, slot, shown)}");
            if (!tests)
            {
                wanted &= (ushort)~written;
                wanted |= row.Kind == OpKind.Call ? (ushort)0 : Uses(code, insn);
                wanted &= 0x3ff;
            }
        }

        return lines;
    }

    private static List<string> Branches(CodeMap code, BpfObject obj, ProgramSpec program, List<int> path, HashSet<string> shown, HashSet<int> told)
    {
        List<string> lines = [];
        for (int k = 1; k < path.Count && lines.Count < MaxLines; k++)
        {
            int slot = path[k];
            if (code.Has(slot, SlotRoles.SecondSlot) || OpcodeTable.Get(code.Instructions[slot].Op).Kind is not (OpKind.ConditionalJump or OpKind.MayGoto))
            {
                continue;
            }

            if (!told.Add(slot))
            {
                continue;
            }

            lines.Add($"path: {(Jumped(code, path, k) ? "jumped at" : "went on at")} {Text(obj, program, slot, shown)}");
        }

        return lines;
    }

    private static bool Jumped(CodeMap code, List<int> path, int at) =>
        path[at - 1] == code.Instructions[path[at]].JumpTarget && path[at - 1] != path[at] + 1;

    // The source's text once a line: it is the same for all instructions of one.
    private static string Text(BpfObject obj, ProgramSpec program, int slot, HashSet<string> shown)
    {
        string name = NextSteps.NameOfCall(obj, program, slot);
        string text = name.Length == 0 ? Disassembler.Format(program.Instructions.AsSpan(), slot)
            : $"call {(program.Instructions[slot].Op == Op.CallHelper ? "bpf_" : "")}{name}";
        if (program.FindLine(slot) is not { } source)
        {
            return $"{slot}: {text}";
        }

        string place = source.Source.ToString();
        bool isNew = shown.Add(Line(source));
        return $"{slot}: {text}  ({place}{(isNew && source.Source.Text is { } written ? ": " + written.Trim() : "")})";
    }

    private static string Line(LineInfo line) => $"{line.Source.File}:{line.Source.Line}";

    // The registers whose values the finding is about: of an access its pointer, not what is stored.
    private static ushort Culprits(CodeMap code, in DecodedInstruction insn, string id)
    {
        if (id is FindingIds.CallNotAllowed or FindingIds.License or FindingIds.Reference or FindingIds.Section or FindingIds.Uninitialised)
        {
            return 0;
        }

        bool isStore = OpcodeTable.Get(insn.Op).Kind is OpKind.Store or OpKind.StoreRelease or OpKind.Atomic;
        return isStore && id != FindingIds.PointerLeak ? (ushort)(1 << (int)insn.Dst) : Uses(code, insn);
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
