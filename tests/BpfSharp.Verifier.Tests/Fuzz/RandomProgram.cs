using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Tests.Fuzz;

/// <summary>
/// Small random socket filters: numbers from a map and the context, arithmetic, comparisons, spills, a bounded loop, and
/// accesses to a map value and the stack whose index is masked, compared or neither. About half are safe.
/// </summary>
internal sealed class RandomProgram
{
    public const int ValueSize = 64;

    private static readonly Op[] s_alu =
    [
        Op.Add64Imm, Op.Sub64Imm, Op.Mul64Imm, Op.And64Imm, Op.Or64Imm, Op.Xor64Imm, Op.Lsh64Imm, Op.Rsh64Imm, Op.Arsh64Imm,
        Op.Add64Reg, Op.Sub64Reg, Op.Mul64Reg, Op.And64Reg, Op.Or64Reg, Op.Xor64Reg, Op.Mov64Reg, Op.Mov32Reg,
        Op.Add32Imm, Op.Sub32Imm, Op.Mul32Imm, Op.And32Imm, Op.Or32Imm, Op.Xor32Imm, Op.Lsh32Imm, Op.Rsh32Imm, Op.Arsh32Imm,
        Op.Add32Reg, Op.Sub32Reg, Op.And32Reg, Op.Or32Reg, Op.Xor32Reg, Op.Neg64, Op.Neg32, Op.Div64Reg, Op.Mod64Reg, Op.Div32Reg,
        Op.MovSx8To64, Op.MovSx16To64, Op.MovSx32To64, Op.MovSx8To32, Op.Mov64Imm, Op.Mov32Imm, Op.SDiv64Reg, Op.SMod32Reg,
    ];

    private static readonly Op[] s_jumps =
    [
        Op.Jeq64Imm, Op.Jne64Imm, Op.Jgt64Imm, Op.Jge64Imm, Op.Jlt64Imm, Op.Jle64Imm, Op.Jset64Imm, Op.Jsgt64Imm, Op.Jsge64Imm,
        Op.Jslt64Imm, Op.Jsle64Imm, Op.Jeq32Imm, Op.Jgt32Imm, Op.Jlt32Imm, Op.Jsgt32Imm, Op.Jslt32Imm, Op.Jset32Imm,
        Op.Jeq64Reg, Op.Jgt64Reg, Op.Jlt64Reg, Op.Jsgt64Reg, Op.Jsle64Reg, Op.Jeq32Reg, Op.Jlt32Reg,
    ];

    private static readonly int[] s_constants = [0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 60, 63, 64, 255, 4096, int.MaxValue, int.MinValue, -1, -2, -64];

    private readonly Random _random;
    private readonly List<Instruction> _code = [];

    public RandomProgram(int seed) => _random = new Random(seed);

    public static MapSpec Values => new() { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = ValueSize, MaxEntries = 1 };

    public Instruction[] Make()
    {
        Emit(Op.Mov64Reg, Register.R9, Register.R1);
        Emit(Op.Store32Imm, Register.R10, offset: -4);
        Emit(Op.Mov64Reg, Register.R2, Register.R10);
        Emit(Op.Add64Imm, Register.R2, imm: -4);
        Emit(Op.LoadMapIndex, Register.R1);
        _code.Add(default);
        Emit(Op.CallHelper, imm: 1);
        Emit(Op.Jne64Imm, Register.R0, offset: 2);
        Emit(Op.Mov64Imm, Register.R0);
        Emit(Op.Exit);
        Emit(Op.Mov64Reg, Register.R8, Register.R0);
        Emit(Op.Load64, Register.R1, Register.R8, offset: 0);
        Emit(Op.Load32, Register.R2, Register.R8, offset: 8);
        Emit(Op.Load8, Register.R3, Register.R8, offset: 12);
        Emit(Op.Load32, Register.R4, Register.R9, offset: 0);
        Emit(Op.Mov64Imm, Register.R5, imm: Constant());
        Emit(Op.Mov64Imm, Register.R6, imm: Constant());
        Emit(Op.Mov64Imm, Register.R0, imm: 0);
        for (int offset = -16; offset >= -40; offset -= 8)
        {
            // What is never written may be read, but is nobody's business: results could not be compared.
            Emit(Op.Store64Imm, Register.R10, offset: offset, imm: Constant());
        }

        int length = _random.Next(6, 26);
        for (int k = 0; k < length; k++)
        {
            Step();
        }

        Emit(Op.Mov64Reg, Register.R0, Number());
        Emit(Op.Exit);
        return [.. _code];
    }

    private void Step()
    {
        switch (_random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                Arithmetic();
                break;
            case 4 or 5 or 6:
                // Over the next few instructions at most: they are emitted at once, so no jump leaves the program.
                int at = _code.Count;
                _code.Add(default);
                int skip = _random.Next(1, 4);
                for (int k = 0; k < skip; k++)
                {
                    Arithmetic();
                }

                Op jump = Pick(s_jumps);
                bool byRegister = OpcodeTable.Get(jump).Operand == Operand.Reg;
                _code[at] = Instruction.Encode(jump, Number(), byRegister ? Number() : 0, (short)(_code.Count - at - 1), byRegister ? 0 : Constant());
                break;
            case 7:
                Emit(Pick([Op.Store64Reg, Op.Store32Reg, Op.Store16Reg]), Register.R10, Number(), StackOffset());
                break;
            case 8:
                Emit(Pick([Op.Load64, Op.Load32, Op.LoadSx32, Op.Load16]), Number(), Register.R10, StackOffset());
                break;
            case 9:
                ValueAccess();
                break;
            case 10:
                Loop();
                break;
            default:
                Emit(Op.Mov64Reg, Number(), Number());
                break;
        }
    }

    private void Arithmetic()
    {
        Op op = Pick(s_alu);
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(op);
        bool isShift = row.Operation is Operation.Lsh or Operation.Rsh or Operation.Arsh;
        Emit(
            op, Number(), row.Operand == Operand.Reg ? Number() : 0,
            imm: row.Operand != Operand.Imm ? 0 : isShift ? _random.Next(row.Width) : Constant());
    }

    /// <summary>value[index] with an index that is bounded in one of several ways, or not.</summary>
    private void ValueAccess()
    {
        Register index = Number();
        Emit(Op.Mov64Reg, Register.R7, index);
        int size = Pick([1, 2, 4, 8]);
        int limit = ValueSize - size + _random.Next(0, 2);
        switch (_random.Next(5))
        {
            case 0:
                Emit(Op.And64Imm, Register.R7, imm: Pick([31, 56, 60, 63]));
                break;
            case 1:
                Emit(Op.Jgt64Imm, Register.R7, offset: 4, imm: limit);
                break;
            case 2:
                Emit(Op.Jsgt64Imm, Register.R7, offset: 4, imm: limit);
                break;
            case 3:
                Emit(Op.And32Imm, Register.R7, imm: 63);
                Emit(Op.Jgt32Imm, Register.R7, offset: 4, imm: limit);
                break;
            default:
                break;
        }

        Op store = size switch { 1 => Op.Store8Reg, 2 => Op.Store16Reg, 4 => Op.Store32Reg, _ => Op.Store64Reg };
        Op load = size switch { 1 => Op.Load8, 2 => Op.Load16, 4 => Op.Load32, _ => Op.Load64 };
        Emit(Op.Add64Reg, Register.R7, Register.R8);
        Emit(store, Register.R7, Number());
        Emit(load, Number(), Register.R7);
        Emit(Op.Mov64Imm, Register.R7, imm: 1);
    }

    private void Loop()
    {
        Emit(Op.Mov64Imm, Register.R7, imm: 0);
        int start = _code.Count;
        int body = _random.Next(1, 3);
        for (int k = 0; k < body; k++)
        {
            Arithmetic();
        }

        Emit(Op.Add64Imm, Register.R7, imm: 1);
        Emit(Op.Jlt64Imm, Register.R7, offset: (short)(start - _code.Count - 1), imm: _random.Next(1, 9));
    }

    private Register Number() => (Register)_random.Next(0, 7);

    private int Constant() => _random.Next(3) == 0 ? _random.Next() : Pick(s_constants);

    private short StackOffset() => (short)(-8 * _random.Next(2, 6));

    private T Pick<T>(T[] options) => options[_random.Next(options.Length)];

    private void Emit(Op op, Register dst = 0, Register src = 0, int offset = 0, int imm = 0) =>
        _code.Add(Instruction.Encode(op, dst, src, (short)offset, imm));
}
