using System.Collections.Immutable;
using BpfSharp.Isa;

namespace BpfSharp.Conformance.Tests;

/// <summary>Makes random programs that are valid everywhere: in bounds, bounded, nothing read before it is written.</summary>
/// <remarks>
/// r6 points to <see cref="MemoryBytes"/> bytes of memory, r10 to the stack; all other registers hold numbers. Equal
/// seeds make equal programs.
/// </remarks>
internal sealed class RandomProgram
{
    /// <summary>Bytes of memory the program works on.</summary>
    public const int MemoryBytes = 64;

    private const int StackBytes = 64;

    private static readonly Op[] s_arithmetic = [.. Ops(OpKind.Alu), .. Ops(OpKind.Endian)];
    private static readonly Op[] s_loads = Ops(OpKind.Load);
    private static readonly Op[] s_stores = Ops(OpKind.Store);
    private static readonly Op[] s_atomics = Ops(OpKind.Atomic);
    private static readonly Op[] s_jumps = Ops(OpKind.ConditionalJump);

    private readonly Random _random;
    private readonly int _scale;
    private readonly List<Instruction> _body = [];
    private bool _isMain = true;
    private int _branches;

    private RandomProgram(int seed, int scale = 1)
    {
        _random = new Random(seed);
        _scale = scale;
    }

    /// <summary>A program for the in-process engines: r1 is the memory.</summary>
    public static ImmutableArray<Instruction> Create(int seed, int scale = 1)
        => new RandomProgram(seed, scale).Build([Instruction.Encode(Op.Mov64Reg, Register.R6, Register.R1)]);

    /// <summary>The same program as XDP: the memory is the packet, its first 8 bytes become the result.</summary>
    public static ImmutableArray<Instruction> CreateXdp(int seed) => new RandomProgram(seed).Build(
    [
        Instruction.Encode(Op.Load32, Register.R2, Register.R1, 4),
        Instruction.Encode(Op.Load32, Register.R6, Register.R1, 0),
        Instruction.Encode(Op.Mov64Reg, Register.R3, Register.R6),
        Instruction.Encode(Op.Add64Imm, Register.R3, imm: MemoryBytes),
        Instruction.Encode(Op.Jle64Reg, Register.R3, Register.R2, 2),
        Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 0),
        Instruction.Encode(Op.Exit),
    ]);

    private static Op[] Ops(OpKind kind) => [.. OpcodeTable.Rows.ToArray().Where(r => r.Kind == kind).Select(r => r.Op)];

    private ImmutableArray<Instruction> Build(Instruction[] prologue)
    {
        int blocks = _random.Next(2, 6) * _scale;
        EmitInitialization(firstNumber: 0);
        for (int b = 0; b < blocks; b++)
        {
            if (_random.Next(3) == 0)
            {
                EmitLoop();
            }
            else
            {
                EmitStraight(_random.Next(4, 20));
            }

            if (_random.Next(4) == 0)
            {
                _body.Add(new Instruction(0x85, 0, Register.R1, 0, int.MaxValue));
                EmitNumbers(1, 5);
            }
        }

        EmitResult();
        int callee = prologue.Length + _body.Count;
        EmitInitialization(firstNumber: 6);
        EmitStraight(_random.Next(3, 10));
        Emit(Op.Xor64Reg, 0, 1);
        Emit(Op.Exit);
        Instruction[] all = [.. prologue, .. _body];
        for (int slot = 0; slot < all.Length; slot++)
        {
            if (all[slot].Op == Op.CallLocal)
            {
                all[slot] = all[slot].WithImm(callee - slot - 1);
            }
        }

        return [.. all];
    }

    // Every register and stack slot gets a number; a callee has its arguments in r1 to r5 already.
    private void EmitInitialization(int firstNumber)
    {
        for (int offset = 8; offset <= StackBytes; offset += 8)
        {
            _body.Add(Instruction.Encode(Op.Store64Imm, Register.R10, offset: (short)-offset, imm: Number()));
        }

        if (firstNumber > 0)
        {
            Emit(Op.Mov64Imm, 0, imm: Number());
            Emit(Op.Mov64Imm, 6, imm: 0);
        }

        EmitNumbers(firstNumber == 0 ? 0 : 7, 9);
    }

    private void EmitNumbers(int from, int to)
    {
        for (int r = from; r <= to; r++)
        {
            if (r == 6)
            {
                continue;
            }

            if (_random.Next(2) == 0)
            {
                Emit(Op.Mov64Imm, r, imm: Number());
            }
            else
            {
                _body.Add(Instruction.Encode(Op.LoadImm64, (Register)r, imm: Number()));
                _body.Add(new Instruction(0, imm: Number()));
            }
        }
    }

    private void EmitStraight(int count)
    {
        for (int n = 0; n < count; n++)
        {
            EmitOne();
            if (_branches < 8 * _scale && _random.Next(6) == 0)
            {
                EmitSkip();
            }
        }
    }

    private void EmitSkip()
    {
        _branches++;
        Op jump = Pick(s_jumps);
        int at = _body.Count;
        _body.Add(default);
        int length = _random.Next(1, 5);
        for (int n = 0; n < length; n++)
        {
            EmitOne();
        }

        _body[at] = Encode(jump, Scalar(), (short)(_body.Count - at - 1));
    }

    // A loop of a few rounds, counted in a stack slot nothing else writes.
    private void EmitLoop()
    {
        short counter = -StackBytes - 8;
        _body.Add(Instruction.Encode(Op.Store64Imm, Register.R10, offset: counter, imm: _random.Next(1, 6)));
        int start = _body.Count;
        int length = _random.Next(2, 8);
        for (int n = 0; n < length; n++)
        {
            EmitOne();
        }

        _body.Add(Instruction.Encode(Op.Load64, Register.R0, Register.R10, counter));
        Emit(Op.Add64Imm, 0, imm: -1);
        _body.Add(Instruction.Encode(Op.Store64Reg, Register.R10, Register.R0, counter));
        _body.Add(Instruction.Encode(Op.Jne64Imm, Register.R0, offset: (short)(start - _body.Count - 1)));
    }

    private void EmitOne()
    {
        switch (_random.Next(10))
        {
            case 0:
            case 1:
                Op load = Pick(s_loads);
                (Register from, short offset) = Place(OpcodeTable.Get(load).Width / 8, aligned: false);
                _body.Add(Instruction.Encode(load, Scalar(), from, offset));
                break;
            case 2:
            case 3:
                Op store = Pick(s_stores);
                (Register to, short place) = Place(OpcodeTable.Get(store).Width / 8, aligned: false);
                _body.Add(Encode(store, to, place));
                break;
            case 4:
                Op atomic = Pick(s_atomics);
                int bytes = OpcodeTable.Get(atomic).Width / 8;
                _body.Add(Instruction.Encode(atomic, Register.R10, Scalar(), (short)(-StackBytes + bytes * _random.Next(StackBytes / bytes))));
                break;
            case 5:
                EmitRotate();
                break;
            default:
                Op op = Pick(s_arithmetic);
                OpcodeInfo row = OpcodeTable.Get(op);
                int imm = row.Operation is Operation.Lsh or Operation.Rsh or Operation.Arsh ? _random.Next(row.Width) : Number();
                imm = imm == 0 && row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod ? 7 : imm;
                _body.Add(Instruction.Encode(op, Scalar(), row.Operand == Operand.Reg ? Scalar() : 0, 0, row.Operand == Operand.Imm ? imm : 0));
                break;
        }
    }

    private void EmitRotate()
    {
        bool wide = _random.Next(2) == 0;
        int width = wide ? 64 : 32;
        int by = _random.Next(1, width);
        Register x = Scalar();
        Register t = Scalar();
        _body.Add(Instruction.Encode(wide ? Op.Mov64Reg : Op.Mov32Reg, t, x));
        _body.Add(Instruction.Encode(wide ? Op.Lsh64Imm : Op.Lsh32Imm, t, imm: by));
        _body.Add(Instruction.Encode(wide ? Op.Rsh64Imm : Op.Rsh32Imm, x, imm: width - by));
        _body.Add(Instruction.Encode(wide ? Op.Or64Reg : Op.Or32Reg, x, t));
    }

    private void EmitResult()
    {
        for (int r = 1; r <= 9; r++)
        {
            if (r != 6)
            {
                Emit(Op.Mul64Imm, 0, imm: 31);
                Emit(Op.Add64Reg, 0, r);
            }
        }

        for (int offset = 8; offset <= StackBytes; offset += 8)
        {
            _body.Add(Instruction.Encode(Op.Load64, Register.R1, Register.R10, (short)-offset));
            Emit(Op.Xor64Reg, 0, 1);
            Emit(Op.Mul64Imm, 0, imm: 17);
        }

        _body.Add(Instruction.Encode(Op.Store64Reg, Register.R6, Register.R0, 0));
        Emit(Op.Exit);
        _isMain = false;
    }

    private (Register Base, short Offset) Place(int bytes, bool aligned)
    {
        bool stack = !_isMain || _random.Next(2) == 0;
        int room = (stack ? StackBytes : MemoryBytes) - bytes;
        int at = aligned || stack ? bytes * _random.Next(room / bytes + 1) : _random.Next(room + 1);
        return stack ? (Register.R10, (short)(at - StackBytes)) : (Register.R6, (short)at);
    }

    private void Emit(Op op, int dst = 0, int src = 0, int imm = 0) => _body.Add(Instruction.Encode(op, (Register)dst, (Register)src, 0, imm));

    // Fields an instruction does not use are zero: the kernel refuses others.
    private Instruction Encode(Op op, Register dst, short offset)
    {
        bool register = OpcodeTable.Get(op).Operand == Operand.Reg;
        return Instruction.Encode(op, dst, register ? Scalar() : 0, offset, register ? 0 : Number());
    }

    private Register Scalar()
    {
        int r = _random.Next(9);
        return (Register)(r >= 6 ? r + 1 : r);
    }

    private Op Pick(Op[] from) => from[_random.Next(from.Length)];

    private int Number() => _random.Next(5) switch
    {
        0 => _random.Next(-4, 5),
        1 => int.MinValue,
        2 => int.MaxValue,
        _ => _random.Next(int.MinValue, int.MaxValue),
    };
}
