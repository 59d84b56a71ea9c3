using System.Collections.Immutable;
using BpfSharp.Diagnostics;

namespace BpfSharp.Isa;

/// <summary>Parses one line of assembler into one instruction.</summary>
internal ref struct LineParser(AssemblyLine line, IReadOnlyDictionary<string, int> labels, AssemblerOptions names)
{
    private LineScanner _scanner = new(line.Text);
    private string? _unknownName;
    private string? _problem;

    /// <summary>Slots the line will take; only its shape is looked at.</summary>
    public static int SlotsOf(ReadOnlySpan<char> text) =>
        text.StartsWith(".slot", StringComparison.Ordinal) ? 1
        : text.EndsWith(" ll", StringComparison.Ordinal)
            || text.Contains("= map[", StringComparison.Ordinal)
            || text.Contains("= ksym[", StringComparison.Ordinal)
            || text.Contains("= subprog[", StringComparison.Ordinal) ? 2
        : 1;

    /// <summary>Parses the line and appends its slots.</summary>
    public bool TryParse(ImmutableArray<Instruction>.Builder program, out Finding? finding)
    {
        finding = null;
        Instruction second = default;
        bool parsed = TryParseInstruction(out Instruction first, out long? high) && _scanner.AtEnd && _problem is null;
        if (parsed)
        {
            program.Add(first);
            if (SlotsOf(line.Text) == 2)
            {
                program.Add(second.WithImm((int)(high ?? 0)));
            }

            return true;
        }

        finding = _unknownName is { } name
            ? Problem("BPF1402", $"'{name}' in '{line.Text}' is not known", "declare it, or write its number")
            : _problem is { } problem
                ? Problem("BPF1404", $"'{line.Text}': {problem}", "write a value in range")
                : Problem(
                    "BPF1401",
                    $"'{line.Text}' is not an instruction (understood up to column {_scanner.Position + 1})",
                    "write the kernel's syntax, for example 'r0 = *(u32 *)(r1 +4)' or 'if r1 > 5 goto pc+2'");
        return false;
    }

    private readonly Finding Problem(string id, string message, string suggestion) =>
        new() { Id = id, Message = message, Where = $"line {line.Number}", Suggestion = suggestion };

    private bool TryParseInstruction(out Instruction instruction, out long? high)
    {
        high = null;
        instruction = default;
        if (_scanner.TryTake(".slot"))
        {
            return TryParseSlot(out instruction);
        }

        if (_scanner.TryTake("exit"))
        {
            instruction = Instruction.Encode(Op.Exit);
            return true;
        }

        if (_scanner.TryTake("goto"))
        {
            return TryParseTarget(out long offset) && TryEncode(Op.Ja, out instruction, offset: offset);
        }

        if (_scanner.TryTake("gotol"))
        {
            return TryParseTarget(out long offset) && TryEncode(Op.Ja32, out instruction, imm: offset);
        }

        if (_scanner.TryTake("may_goto"))
        {
            return TryParseTarget(out long offset) && TryEncode(Op.MayGoto, out instruction, offset: offset);
        }

        if (_scanner.TryTake("gotox"))
        {
            return _scanner.TryTakeRegister(out Register target, out bool half) && !half && TryEncode(Op.GotoX, out instruction, target);
        }

        if (_scanner.TryTake("if"))
        {
            return TryParseConditionalJump(out instruction);
        }

        if (_scanner.TryTake("call") || _scanner.TryTake("callx"))
        {
            return TryParseCall(out instruction);
        }

        if (_scanner.TryTake("lock"))
        {
            return TryParseLock(out instruction);
        }

        if (_scanner.TryTake("store_release"))
        {
            return TryParseStoreRelease(out instruction);
        }

        return _scanner.TryTakePrefix("*(")
            ? TryParseStore(out instruction)
            : TryParseAssignment(out instruction, out high);
    }

    private bool TryParseSlot(out Instruction instruction)
    {
        instruction = default;
        if (!_scanner.TryTakeName(out string hex) || hex.Length != 2 * Instruction.SizeInBytes || !hex.All(char.IsAsciiHexDigit))
        {
            _problem = "needs 16 hexadecimal digits";
            return false;
        }

        return Instruction.TryRead(Convert.FromHexString(hex), out instruction);
    }

    // A jump target relative to the next slot: pc+3, +3, or a label.
    private bool TryParseTarget(out long offset)
    {
        LineScanner before = _scanner;
        if ((_scanner.TryTakePrefix("pc") || true) && _scanner.Rest is ['+' or '-', ..] && _scanner.TryTakeNumber(out offset))
        {
            return true;
        }

        _scanner = before;
        offset = 0;
        if (!_scanner.TryTakeName(out string label))
        {
            return false;
        }

        if (!labels.TryGetValue(label, out int slot))
        {
            _unknownName = label;
            return false;
        }

        offset = slot - line.Slot - 1;
        return true;
    }

    private bool TryParseConditionalJump(out Instruction instruction)
    {
        instruction = default;
        if (!_scanner.TryTakeRegister(out Register dst, out bool half))
        {
            return false;
        }

        foreach ((Operation operation, string text) in OperatorText.Comparisons)
        {
            if (!_scanner.TryTakePrefix(text))
            {
                continue;
            }

            bool register = _scanner.TryTakeRegister(out Register src, out bool srcHalf);
            long imm = 0;
            return (register ? srcHalf == half : _scanner.TryTakeNumber(out imm))
                && _scanner.TryTake("goto")
                && TryParseTarget(out long offset)
                && TryFind(OpKind.ConditionalJump, operation, half ? 32 : 64, register ? Operand.Reg : Operand.Imm, out Op op)
                && TryEncode(op, out instruction, dst, src, offset, imm);
        }

        return false;
    }

    private bool TryParseCall(out Instruction instruction)
    {
        instruction = default;
        if (_scanner.TryTakeRegister(out Register register, out bool half))
        {
            return !half && TryEncode(Op.CallReg, out instruction, register);
        }

        if (_scanner.TryTakePrefix("kfunc["))
        {
            return TryParseIndex(names.ExternIndex, "id:", out long index)
                && _scanner.TryTake("]")
                && ((_scanner.TryTake("fd_index") && _scanner.TryTakeNumber(out long fd)) || (fd = 0) == 0)
                && TryEncode(Op.CallKfunc, out instruction, offset: fd, imm: index);
        }

        LineScanner before = _scanner;
        if (_scanner.TryTakePrefix("pc") || _scanner.Rest is ['+', ..])
        {
            if (_scanner.TryTakeNumber(out long relative))
            {
                return TryEncode(Op.CallLocal, out instruction, imm: relative);
            }

            _scanner = before;
        }

        if (_scanner.TryTakeNumber(out long number))
        {
            return TryEncode(Op.CallHelper, out instruction, imm: number);
        }

        if (!_scanner.TryTakeName(out string name))
        {
            return false;
        }

        if (labels.TryGetValue(name, out int slot))
        {
            return TryEncode(Op.CallLocal, out instruction, imm: slot - line.Slot - 1);
        }

        // "bpf_map_lookup_elem#1": the number wins, the name is for people.
        if (_scanner.TryTakePrefix("#") && _scanner.TryTakeNumber(out number))
        {
            return TryEncode(Op.CallHelper, out instruction, imm: number);
        }

        if (names.HelperNumber?.Invoke(name) is { } helper)
        {
            return TryEncode(Op.CallHelper, out instruction, imm: helper);
        }

        _unknownName = name;
        return false;
    }

    private bool TryParseLock(out Instruction instruction)
    {
        instruction = default;
        if (!_scanner.TryTakePrefix("*(") || !TryParsePlace(out int width, out bool signed, out Register dst, out long offset) || signed)
        {
            return false;
        }

        foreach ((Operation operation, string text) in OperatorText.Assignments)
        {
            if (_scanner.TryTakePrefix(text))
            {
                return _scanner.TryTakeRegister(out Register src, out _)
                    && TryFindAtomic(operation, width, fetch: false, out Op op)
                    && TryEncode(op, out instruction, dst, src, offset);
            }
        }

        return false;
    }

    private bool TryParseStoreRelease(out Instruction instruction)
    {
        instruction = default;
        return _scanner.TryTakePrefix("(")
            && _scanner.TryTakePrefix("(")
            && TryParsePlace(out int width, out bool signed, out Register dst, out long offset)
            && !signed
            && _scanner.TryTakePrefix(",")
            && _scanner.TryTakeRegister(out Register src, out _)
            && _scanner.TryTakePrefix(")")
            && TryFind(OpKind.StoreRelease, Operation.StoreRelease, width, Operand.Reg, out Op op)
            && TryEncode(op, out instruction, dst, src, offset);
    }

    private bool TryParseStore(out Instruction instruction)
    {
        instruction = default;
        if (!TryParsePlace(out int width, out bool signed, out Register dst, out long offset) || signed || !_scanner.TryTakePrefix("="))
        {
            return false;
        }

        bool register = _scanner.TryTakeRegister(out Register src, out _);
        long imm = 0;
        return (register || _scanner.TryTakeNumber(out imm))
            && TryFind(OpKind.Store, Operation.Store, width, register ? Operand.Reg : Operand.Imm, out Op op)
            && TryEncode(op, out instruction, dst, src, offset, imm);
    }

    private bool TryParseAssignment(out Instruction instruction, out long? high)
    {
        instruction = default;
        high = null;
        if (!_scanner.TryTakeRegister(out Register dst, out bool half))
        {
            return false;
        }

        foreach ((Operation operation, string text) in OperatorText.Assignments)
        {
            if (!_scanner.TryTakePrefix(text))
            {
                continue;
            }

            if (operation == Operation.Mov && TryParseValue(dst, half, out instruction, out high) is { } parsed)
            {
                return parsed;
            }

            bool register = _scanner.TryTakeRegister(out Register src, out bool srcHalf);
            long imm = 0;
            if (register ? srcHalf != half : !_scanner.TryTakeNumber(out imm))
            {
                return false;
            }

            if (!register && !half && operation == Operation.Mov && _scanner.TryTake("ll"))
            {
                high = imm >> 32;
                return TryEncode(Op.LoadImm64, out instruction, dst, imm: (int)imm);
            }

            return TryFind(OpKind.Alu, operation, half ? 32 : 64, register ? Operand.Reg : Operand.Imm, out Op op)
                && TryEncode(op, out instruction, dst, src, imm: imm);
        }

        return false;
    }

    // What may stand after "rX =" beside a register and a number; null if it is neither of these forms.
    private bool? TryParseValue(Register dst, bool half, out Instruction instruction, out long? high)
    {
        instruction = default;
        high = null;
        if (_scanner.Rest is ['-', 'r' or 'w', ..])
        {
            return _scanner.TryTakePrefix("-")
                && _scanner.TryTakeRegister(out Register negated, out bool negatedHalf)
                && negated == dst
                && negatedHalf == half
                && TryEncode(half ? Op.Neg32 : Op.Neg64, out instruction, dst);
        }

        if (_scanner.TryTakePrefix("(s"))
        {
            return _scanner.TryTakeNumber(out long from)
                && _scanner.TryTakePrefix(")")
                && _scanner.TryTakeRegister(out Register src, out bool srcHalf)
                && srcHalf == half
                && TryFindSignExtension((int)from, half ? 32 : 64, out Op op)
                && TryEncode(op, out instruction, dst, src);
        }

        if (_scanner.TryTakePrefix("*("))
        {
            return TryParseLoad(dst, out instruction);
        }

        if (_scanner.TryTakePrefix("map["))
        {
            return TryParseMap(dst, out instruction, out high);
        }

        if (_scanner.TryTakePrefix("ksym["))
        {
            return TryParseIndex(names.ExternIndex, "id:", out long id)
                && _scanner.TryTakePrefix("]")
                && TryEncode(Op.LoadBtfId, out instruction, dst, imm: id);
        }

        if (_scanner.TryTakePrefix("subprog["))
        {
            return TryParseTarget(out long relative)
                && _scanner.TryTakePrefix("]")
                && TryEncode(Op.LoadFunction, out instruction, dst, imm: relative);
        }

        if (_scanner.TryTakePrefix("load_acquire(("))
        {
            return TryParsePlace(out int width, out bool signed, out Register src, out long offset)
                && !signed
                && _scanner.TryTakePrefix(")")
                && TryFind(OpKind.LoadAcquire, Operation.LoadAcquire, width, Operand.Reg, out Op op)
                && TryEncode(op, out instruction, dst, src, offset);
        }

        if (_scanner.TryTakePrefix("addr_space_cast("))
        {
            return _scanner.TryTakeRegister(out Register src, out _)
                && _scanner.TryTakePrefix(",")
                && _scanner.TryTakeNumber(out long destination)
                && _scanner.TryTakePrefix(",")
                && _scanner.TryTakeNumber(out long source)
                && _scanner.TryTakePrefix(")")
                && TryEncode(Op.AddrSpaceCast, out instruction, dst, src, imm: (int)(destination << 16 | (source & 0xffff)));
        }

        if (_scanner.TryTakePrefix("atomic"))
        {
            return TryParseFetch(dst, out instruction);
        }

        foreach ((Operation operation, string text) in OperatorText.Conversions)
        {
            if (_scanner.TryTakePrefix(text))
            {
                return _scanner.TryTakeNumber(out long width)
                    && _scanner.TryTakeRegister(out Register src, out _)
                    && src == dst
                    && TryFind(OpKind.Endian, operation, (int)width, Operand.None, out Op op)
                    && TryEncode(op, out instruction, dst);
            }
        }

        return null;
    }

    private bool TryParseLoad(Register dst, out Instruction instruction)
    {
        instruction = default;
        if (!TryParseWidth(out int width, out bool signed))
        {
            return false;
        }

        if (_scanner.TryTakePrefix("skb["))
        {
            bool indirect = _scanner.TryTakeRegister(out Register index, out _);
            return (!indirect || _scanner.TryTakePrefix("+") || _scanner.Rest is ['-', ..])
                && _scanner.TryTakeNumber(out long imm)
                && _scanner.TryTakePrefix("]")
                && dst == Register.R0
                && TryFind(
                    OpKind.LegacyPacket, indirect ? Operation.LdInd : Operation.LdAbs, width, indirect ? Operand.Reg : Operand.Imm, out Op legacy)
                && TryEncode(legacy, out instruction, src: index, imm: imm);
        }

        return TryParseAddress(out Register src, out long offset)
            && TryFind(OpKind.Load, signed ? Operation.LoadSx : Operation.Load, width, Operand.Reg, out Op op)
            && TryEncode(op, out instruction, dst, src, offset);
    }

    private bool TryParseFetch(Register result, out Instruction instruction)
    {
        instruction = default;
        int width = _scanner.TryTakePrefix("64_") ? 64 : _scanner.TryTakePrefix("_") ? 32 : 0;
        foreach ((Operation operation, string text) in OperatorText.AtomicNames)
        {
            if (!_scanner.TryTakePrefix(text))
            {
                continue;
            }

            bool exchange = operation == Operation.Cmpxchg;
            return _scanner.TryTakePrefix("(")
                && _scanner.TryTakePrefix("(")
                && TryParsePlace(out int placeWidth, out bool signed, out Register dst, out long offset)
                && !signed
                && placeWidth == width
                && _scanner.TryTakePrefix(",")
                && (!exchange || (_scanner.TryTakeRegister(out Register old, out _) && old == Register.R0 && _scanner.TryTakePrefix(",")))
                && _scanner.TryTakeRegister(out Register src, out _)
                && _scanner.TryTakePrefix(")")
                && result == (exchange ? Register.R0 : src)
                && TryFindAtomic(operation, width, fetch: true, out Op op)
                && TryEncode(op, out instruction, dst, src, offset);
        }

        return false;
    }

    private bool TryParseMap(Register dst, out Instruction instruction, out long? high)
    {
        instruction = default;
        high = null;
        bool byFd = _scanner.TryTakePrefix("fd:");
        long map;
        if (byFd ? !_scanner.TryTakeNumber(out map) : !TryParseIndex(names.MapIndex, "idx:", out map))
        {
            return false;
        }

        if (!_scanner.TryTakePrefix("]"))
        {
            return false;
        }

        if (!_scanner.TryTakePrefix("[0]"))
        {
            return TryEncode(byFd ? Op.LoadMapFd : Op.LoadMapIndex, out instruction, dst, imm: map);
        }

        bool parsed = _scanner.TryTakeNumber(out long offset);
        high = offset;
        return parsed && TryEncode(byFd ? Op.LoadMapValueFd : Op.LoadMapValueIndex, out instruction, dst, imm: map);
    }

    private bool TryParseIndex(Func<string, int?>? resolve, string prefix, out long index)
    {
        if (_scanner.TryTakePrefix(prefix))
        {
            return _scanner.TryTakeNumber(out index);
        }

        index = 0;
        if (!_scanner.TryTakeName(out string name))
        {
            return false;
        }

        if (resolve?.Invoke(name) is { } found)
        {
            index = found;
            return true;
        }

        _unknownName = name;
        return false;
    }

    // "u32 *)(r1 +4)" after "*(" or "(".
    private bool TryParsePlace(out int width, out bool signed, out Register register, out long offset)
    {
        register = default;
        offset = 0;
        return TryParseWidth(out width, out signed) && TryParseAddress(out register, out offset);
    }

    private bool TryParseWidth(out int width, out bool signed)
    {
        signed = _scanner.TryTakePrefix("s");
        width = 0;
        if ((!signed && !_scanner.TryTakePrefix("u")) || !_scanner.TryTakeNumber(out long bits) || bits is not (8 or 16 or 32 or 64))
        {
            return false;
        }

        width = (int)bits;
        return _scanner.TryTakePrefix("*") && _scanner.TryTakePrefix(")");
    }

    private bool TryParseAddress(out Register register, out long offset)
    {
        offset = 0;
        register = default;
        return _scanner.TryTakePrefix("(")
            && _scanner.TryTakeRegister(out register, out bool half)
            && !half
            && (_scanner.Rest is [')', ..] || _scanner.TryTakeNumber(out offset))
            && _scanner.TryTakePrefix(")");
    }

    private static bool TryFind(OpKind kind, Operation operation, int width, Operand operand, out Op op)
    {
        foreach (ref readonly OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Kind == kind && row.Operation == operation && row.Width == width && row.Operand == operand)
            {
                op = row.Op;
                return true;
            }
        }

        op = default;
        return false;
    }

    private static bool TryFindAtomic(Operation operation, int width, bool fetch, out Op op)
    {
        foreach (ref readonly OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Kind == OpKind.Atomic && row.Operation == operation && row.Width == width && row.Fetches == fetch)
            {
                op = row.Op;
                return true;
            }
        }

        op = default;
        return false;
    }

    private static bool TryFindSignExtension(int from, int width, out Op op)
    {
        foreach (ref readonly OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Operation == Operation.MovSx && row.Width == width && row.Offset == from)
            {
                op = row.Op;
                return true;
            }
        }

        op = default;
        return false;
    }

    private bool TryEncode(Op op, out Instruction instruction, Register dst = 0, Register src = 0, long offset = 0, long imm = 0)
    {
        instruction = default;
        if (offset is < short.MinValue or > short.MaxValue)
        {
            _problem = $"offset {offset} does not fit 16 bits (-32768 to 32767)";
            return false;
        }

        // Sign extension makes 0xffffffff mean another 64-bit number than it says.
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(op);
        bool signExtended = row.Width == 64 && row.Kind is (OpKind.Alu or OpKind.ConditionalJump or OpKind.Store);
        if (imm < int.MinValue || imm > (signExtended ? int.MaxValue : uint.MaxValue))
        {
            _problem = $"immediate {imm} does not fit 32 bits; a 64-bit one ends in 'll'";
            return false;
        }

        instruction = Instruction.Encode(op, dst, src, (short)offset, unchecked((int)imm));
        return true;
    }
}
