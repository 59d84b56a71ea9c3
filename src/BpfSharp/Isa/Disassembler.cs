using System.Globalization;

namespace BpfSharp.Isa;

/// <summary>Writes instructions in the text syntax of the kernel's verifier log; <see cref="Assembler"/> reads it back bit for bit.</summary>
/// <remarks>
/// Two additions to the kernel's text make it unambiguous: 64-bit immediates end in <c>ll</c> (as LLVM writes them), and a
/// slot whose unused fields are not zero, or that has no meaning, is written as <c>.slot</c> with its eight bytes.
/// </remarks>
public static class Disassembler
{
    /// <summary>The text of one instruction.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">Its (first) slot.</param>
    /// <param name="options">Names to use; <see langword="null"/> for numbers alone.</param>
    public static string Format(ReadOnlySpan<Instruction> program, int slot, DisassemblerOptions? options = null)
    {
        DecodedInstruction instruction = DecodedInstruction.Decode(program, slot);
        if (instruction.Op == Op.Invalid)
        {
            return FormatSlot(program[slot], "not an instruction");
        }

        string text = Format(instruction, options ?? s_noNames);
        return IsCanonical(program, instruction) ? text : FormatSlot(program[slot], $"{text}, with unused fields set");
    }

    /// <summary>The text of a whole program, a line per instruction: <c>slot: text</c>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Names to use.</param>
    public static IEnumerable<string> FormatAll(ReadOnlyMemory<Instruction> program, DisassemblerOptions? options = null)
    {
        for (int slot = 0; slot < program.Length;)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{slot}: {Format(program.Span, slot, options)}");

            // A two-slot instruction written as .slot shows both of its slots.
            DecodedInstruction instruction = DecodedInstruction.Decode(program.Span, slot);
            slot += instruction.Op != Op.Invalid && IsCanonical(program.Span, instruction) ? instruction.Slots : 1;
        }
    }

    private static readonly DisassemblerOptions s_noNames = new();

    private static string FormatSlot(Instruction slot, string why)
    {
        Span<byte> bytes = stackalloc byte[Instruction.SizeInBytes];
        slot.Write(bytes);
        return $".slot {Convert.ToHexStringLower(bytes)} ; {why}";
    }

    private static bool IsCanonical(ReadOnlySpan<Instruction> program, DecodedInstruction instruction)
    {
        Instruction slot = program[instruction.Slot];
        FieldUse use = FieldUse.Of(OpcodeTable.Get(instruction.Op));
        bool second = instruction.Slots == 1
            || program[instruction.Slot + 1] is { Opcode: 0, Dst: Register.R0, Src: Register.R0, Offset: 0 };
        return second
            && (use.Dst ? slot.Dst <= Register.R10 : slot.Dst == Register.R0)
            && (use.Src ? slot.Src <= Register.R10 : use.SrcFixed || slot.Src == Register.R0)
            && (use.Offset || use.OffsetFixed || slot.Offset == 0)
            && (use.Imm || use.ImmFixed || slot.Imm == 0)
            && (instruction.Op is not (Op.LoadMapFd or Op.LoadMapIndex or Op.LoadBtfId or Op.LoadFunction)
                || program[instruction.Slot + 1].Imm == 0);
    }

    private static string Format(DecodedInstruction i, DisassemblerOptions names)
    {
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(i.Op);
        string dst = Name(i.Dst, row.Width == 32);
        string src = Name(i.Src, row.Width == 32);
        return row.Kind switch
        {
            OpKind.Alu => FormatAlu(i, in row, dst, src),
            OpKind.Endian => $"r{(int)i.Dst} = {OperatorText.Find(OperatorText.Conversions, row.Operation)}{row.Width} r{(int)i.Dst}",
            OpKind.AddressSpaceCast => Invariant($"r{(int)i.Dst} = addr_space_cast(r{(int)i.Src}, {(uint)i.Imm >> 16}, {i.Imm & 0xffff})"),
            OpKind.Load => $"r{(int)i.Dst} = *({(row.Operation == Operation.LoadSx ? 's' : 'u')}{row.Width} *)({Address(i.Src, i.Offset)})",
            OpKind.Store => Invariant($"*(u{row.Width} *)({Address(i.Dst, i.Offset)}) = {(row.Operand == Operand.Imm ? Decimal(i.Imm) : $"r{(int)i.Src}")}"),
            OpKind.Atomic => FormatAtomic(i, in row),
            OpKind.LoadAcquire => $"r{(int)i.Dst} = load_acquire((u{row.Width} *)({Address(i.Src, i.Offset)}))",
            OpKind.StoreRelease => $"store_release((u{row.Width} *)({Address(i.Dst, i.Offset)}), r{(int)i.Src})",
            OpKind.LoadImmediate64 => $"r{(int)i.Dst} = {FormatImmediate64(i, names)}",
            OpKind.LegacyPacket => row.Operation == Operation.LdAbs
                ? Invariant($"r0 = *(u{row.Width} *)skb[{i.Imm}]")
                : Invariant($"r0 = *(u{row.Width} *)skb[r{(int)i.Src} + {i.Imm}]"),
            OpKind.Jump => $"{(i.Op == Op.Ja32 ? "gotol" : "goto")} {Target(i, names)}",
            OpKind.ConditionalJump => $"if {dst} {OperatorText.Find(OperatorText.Comparisons, row.Operation)} "
                + $"{(row.Operand == Operand.Reg ? src : Hex(i.Imm))} goto {Target(i, names)}",
            OpKind.MayGoto => $"may_goto {Target(i, names)}",
            OpKind.IndirectJump => $"gotox r{(int)i.Dst}",
            OpKind.Call => FormatCall(i, names),
            OpKind.Exit => "exit",
            _ => throw new InvalidOperationException($"no text for the kind {row.Kind}"),
        };
    }

    private static string FormatAlu(DecodedInstruction i, ref readonly OpcodeInfo row, string dst, string src) => row.Operation switch
    {
        Operation.Neg => $"{dst} = -{dst}",
        Operation.MovSx => $"{dst} = (s{row.Offset}){src}",
        _ => $"{dst} {OperatorText.Find(OperatorText.Assignments, row.Operation)} {(row.Operand == Operand.Reg ? src : Decimal(i.Imm))}",
    };

    private static string FormatAtomic(DecodedInstruction i, ref readonly OpcodeInfo row)
    {
        string place = $"(u{row.Width} *)({Address(i.Dst, i.Offset)})";
        if (!row.Fetches)
        {
            return $"lock *{place} {OperatorText.Find(OperatorText.Assignments, row.Operation)} r{(int)i.Src}";
        }

        string name = $"atomic{(row.Width == 64 ? "64" : "")}_{OperatorText.Find(OperatorText.AtomicNames, row.Operation)}";
        return row.Operation == Operation.Cmpxchg
            ? $"r0 = {name}({place}, r0, r{(int)i.Src})"
            : $"r{(int)i.Src} = {name}({place}, r{(int)i.Src})";
    }

    private static string FormatImmediate64(DecodedInstruction i, DisassemblerOptions names)
    {
        int low = (int)i.Imm;
        int high = (int)(i.Imm >> 32);
        return i.Op switch
        {
            Op.LoadMapFd => Invariant($"map[fd:{low}]"),
            Op.LoadMapValueFd => Invariant($"map[fd:{low}][0]") + Relative(high),
            Op.LoadMapIndex => $"map[{names.MapName?.Invoke(low) ?? Invariant($"idx:{low}")}]",
            Op.LoadMapValueIndex => $"map[{names.MapName?.Invoke(low) ?? Invariant($"idx:{low}")}]" + "[0]" + Relative(high),
            Op.LoadBtfId => $"ksym[{names.ExternName?.Invoke(low) ?? Invariant($"id:{low}")}]",
            Op.LoadFunction => names.SubprogramName?.Invoke(i.CallTarget) is { } name ? $"subprog[{name}]" : $"subprog[{Relative(low)}]",
            _ => $"0x{i.Imm:x} ll",
        };
    }

    private static string FormatCall(DecodedInstruction i, DisassemblerOptions names) => i.Op switch
    {
        Op.CallLocal => names.SubprogramName?.Invoke(i.CallTarget) is { } name ? $"call {name}" : $"call pc{Relative((int)i.Imm)}",
        Op.CallKfunc => names.ExternName?.Invoke((int)i.Imm) is { } name ? $"call kfunc[{name}]" : Invariant($"call kfunc[id:{i.Imm}]")
            + (i.Offset == 0 ? "" : Invariant($" fd_index {i.Offset}")),
        Op.CallReg => $"callx r{(int)i.Dst}",
        _ => names.HelperName?.Invoke((int)i.Imm) is { } name ? Invariant($"call {name}#{i.Imm}") : Invariant($"call {i.Imm}"),
    };

    private static string Target(DecodedInstruction i, DisassemblerOptions names) =>
        names.Label?.Invoke(i.JumpTarget) ?? $"pc{Relative(i.Offset)}";

    private static string Name(Register register, bool half) => half ? $"w{(int)register}" : $"r{(int)register}";

    private static string Address(Register register, int offset) => Invariant($"r{(int)register} {Relative(offset)}");

    private static string Relative(int value) => value.ToString("+0;-0;+0", CultureInfo.InvariantCulture);

    private static string Decimal(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(long value) => value is >= 0 and < 10 ? Decimal(value) : value < 0 ? Decimal(value) : $"0x{value:x}";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
