using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Verifier.Tests.Fuzz;

/// <summary>
/// Random programs over most of the instruction set and the common resources: map values at variable offsets, the packet,
/// spills of every size, atomics, subprograms, callbacks, loops, ring records, dynptrs, legacy packet loads. Bounds are
/// checked well, badly or not at all.
/// </summary>
/// <remarks>r6 holds the context, r8 a map value, r9 the packet's start; r0 to r5 numbers; r7 whatever is at hand.</remarks>
internal sealed class WildProgram
{
    public const int ValueSize = 64;
    public const int PacketBytes = 96;

    private static readonly Op[] s_alu = Ops(OpKind.Alu);
    private static readonly Op[] s_endian = Ops(OpKind.Endian);
    private static readonly Op[] s_jumps = Ops(OpKind.ConditionalJump);
    private static readonly Op[] s_loads = [.. Ops(OpKind.Load), .. Ops(OpKind.LoadAcquire)];
    private static readonly Op[] s_stores = [.. Ops(OpKind.Store), .. Ops(OpKind.StoreRelease)];
    private static readonly Op[] s_atomics = Ops(OpKind.Atomic);
    private static readonly Op[] s_legacy = Ops(OpKind.LegacyPacket);
    private static readonly int[] s_constants =
        [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 48, 56, 60, 63, 64, 65, 127, 128, 255, 256, 4095, 65535, int.MaxValue, int.MinValue, -1, -2, -8, -64];

    private readonly Random _random;
    private readonly List<Instruction> _code = [];
    private readonly List<(int Slot, int Function)> _calls = [];
    private readonly bool _hasPacket;
    private readonly bool _isSocketBuffer;
    private bool _isMain = true;
    private int _functions;
    private int _depth;

    private WildProgram(int seed, ProgramType type)
    {
        _random = new Random(seed);
        _hasPacket = type is ProgramType.SchedCls or ProgramType.Xdp;
        _isSocketBuffer = type is ProgramType.SchedCls or ProgramType.SocketFilter;
    }

    /// <summary>Makes the program of a seed.</summary>
    public static BpfObject Make(int seed)
    {
        ProgramType type = (seed % 4) switch
        {
            0 => ProgramType.SocketFilter,
            1 or 2 => ProgramType.SchedCls,
            _ => ProgramType.Xdp,
        };
        WildProgram wild = new(seed, type);
        List<int> starts = wild.Build();
        BpfObject obj = new() { Name = "wild", License = "GPL" };
        obj.Maps.Add(new MapSpec { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = ValueSize, MaxEntries = 1 });
        obj.Maps.Add(new MapSpec { Name = "hash", Type = MapType.Hash, KeySize = 4, ValueSize = 16, MaxEntries = 8 });
        obj.Maps.Add(new MapSpec { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 });
        BtfBuilder types = new();
        int number = types.AddInt("int", 4, BtfIntEncoding.Signed);
        int prototype = types.AddFunctionPrototype(number, ("a", types.AddPointer(0)));
        obj.Programs.Add(new ProgramSpec
        {
            Name = "wild",
            Type = type,
            Instructions = [.. wild._code],
            Subprograms =
            [
                .. starts.Select((start, index) =>
                {
                    string name = index == 0 ? "wild" : $"function{index}";
                    return new Subprogram(name, start, types.AddFunction(name, prototype, index == 0 ? BtfLinkage.Global : BtfLinkage.Static), index == 0);
                }),
            ],
        });
        obj.Btf = types.Build();
        return obj;
    }

    private static Op[] Ops(OpKind kind) => [.. OpcodeTable.Rows.ToArray().Where(r => r.Kind == kind).Select(r => r.Op)];

    private List<int> Build()
    {
        _functions = _random.Next(3) == 0 ? _random.Next(1, 3) : 0;
        Emit(Op.Mov64Reg, Register.R6, Register.R1);
        Lookup(0);
        Emit(Op.Mov64Reg, Register.R8, Register.R0);
        if (_hasPacket)
        {
            int data = _isSocketBuffer ? 76 : 0;
            Emit(Op.Load32, Register.R9, Register.R6, data);
            Emit(Op.Load32, Register.R7, Register.R6, data + 4);
            Emit(Op.Mov64Reg, Register.R1, Register.R9);
            Emit(Op.Add64Imm, Register.R1, imm: Pick([14, 34, 64]));
            Emit(Pick([Op.Jgt64Reg, Op.Jge64Reg]), Register.R1, Register.R7, 1);
            Emit(Op.Ja, offset: 2);
            Emit(Op.Mov64Imm, Register.R0);
            Emit(Op.Exit);
        }
        else
        {
            Emit(Op.Mov64Reg, Register.R9, Register.R8);
        }

        Body(_random.Next(5, 22));
        List<int> starts = [0];
        Dictionary<int, int> placed = [];
        foreach (int function in _calls.Select(c => c.Function).Where(f => f <= _functions).Distinct().ToArray())
        {
            // Arguments: a number, a number, memory of eight bytes or more (stack or map value).
            _isMain = false;
            placed[function] = _code.Count;
            starts.Add(_code.Count);
            Emit(Op.Mov64Reg, Register.R6, Register.R1);
            Emit(Op.Mov64Reg, Register.R8, Register.R3);
            Emit(Op.Mov64Reg, Register.R9, Register.R3);
            Body(_random.Next(2, 8));
        }

        if (_calls.Exists(c => c.Function > _functions))
        {
            // A callback: r1 the round, r2 the stack it was given.
            _isMain = false;
            placed[_functions + 1] = _code.Count;
            starts.Add(_code.Count);
            Emit(Op.Mov64Reg, Register.R6, Register.R1);
            Emit(Op.Mov64Reg, Register.R8, Register.R2);
            Emit(Op.Mov64Reg, Register.R9, Register.R2);
            Body(_random.Next(1, 5), isCallback: true);
        }

        foreach ((int slot, int function) in _calls)
        {
            Instruction call = _code[slot];
            _code[slot] = new Instruction(call.Opcode, call.Dst, call.Src, call.Offset, placed[function] - slot - 1);
        }

        return starts;
    }

    private void Body(int length, bool isCallback = false)
    {
        Numbers(!_isMain);
        for (int offset = -8; offset >= -40; offset -= 8)
        {
            // What is never written may be read, but is nobody's business: results could not be compared.
            Emit(Op.Store64Imm, Register.R10, offset: offset, imm: Constant());
        }

        for (int k = 0; k < length; k++)
        {
            Step();
        }

        if (isCallback)
        {
            Emit(Op.And64Imm, Register.R0, imm: 1);
        }
        else
        {
            Emit(Op.Mov64Reg, Register.R0, Number());
        }

        Emit(Op.Exit);
    }

    // Makes r0 to r5 numbers, some unknown.
    private void Numbers(bool isCallee)
    {
        for (int r = 0; r < 6; r++)
        {
            if (_random.Next(3) == 0 || isCallee)
            {
                Emit(Op.Mov64Imm, (Register)r, imm: Constant());
            }
            else
            {
                Emit(Pick([Op.Load64, Op.Load32, Op.Load16, Op.Load8, Op.LoadSx8, Op.LoadSx16, Op.LoadSx32]), (Register)r, Register.R8, 8 * _random.Next(8));
            }
        }
    }

    private void Step()
    {
        switch (_random.Next(26))
        {
            case < 5:
                Arithmetic();
                break;
            case < 9:
                Skip(_random.Next(1, 4));
                break;
            case < 11:
                Op stored = Pick(s_stores);
                Emit(stored, Register.R10, Number(), StackOffset(stored), Constant());
                break;
            case < 13:
                Op loaded = Pick(s_loads);
                Emit(loaded, Number(), Register.R10, StackOffset(loaded));
                break;
            case 13:
                StackAtVariableOffset();
                break;
            case 14 or 15:
                Access(Register.R8, _isMain ? ValueSize : 8);
                break;
            case 16 or 17:
                if (_hasPacket && _isMain)
                {
                    PacketAccess();
                }
                else
                {
                    Access(Register.R8, _isMain ? ValueSize : 8);
                }

                break;
            case 18:
                Loop();
                break;
            case 19:
                Atomic();
                break;
            case 20:
                SpillPointer();
                break;
            case 21:
                Call();
                break;
            case 22:
                Helper();
                break;
            case 23:
                Legacy();
                break;
            case 24:
                if (Rarely())
                {
                    Emit(Op.Mov64Reg, Register.R7, Pick([Register.R8, Register.R10, Register.R6, Register.R9]));
                    Emit(Pick(s_alu), Register.R7, Number(), 0, Constant());
                    Emit(Op.Mov64Imm, Register.R7);
                }
                else
                {
                    Compare();
                }

                break;
            default:
                Emit(Op.Mov64Reg, Number(), Number());
                break;
        }
    }

    // if (number ? number) skip the next few; only arithmetic is skipped, so kinds stay as they are.
    private void Skip(int count)
    {
        int at = _code.Count;
        _code.Add(default);
        for (int k = 0; k < count; k++)
        {
            if (_depth < 2 && _random.Next(4) == 0)
            {
                _depth++;
                Skip(_random.Next(1, 3));
                _depth--;
            }
            else
            {
                Arithmetic();
            }
        }

        Op jump = Pick(s_jumps);
        bool byRegister = OpcodeTable.Get(jump).Operand == Operand.Reg;
        _code[at] = Instruction.Encode(jump, Number(), byRegister ? Number() : 0, (short)(_code.Count - at - 1), byRegister ? 0 : Constant());
    }

    // Two pointers compared, or one with a constant: verdicts of branches on pointers.
    private void Compare()
    {
        Op jump = Pick(s_jumps);
        bool byRegister = OpcodeTable.Get(jump).Operand == Operand.Reg;
        Register left = Pick([Register.R8, Register.R9, Register.R10]);
        Emit(jump, left, byRegister ? Pick([Register.R8, Register.R9, Number()]) : 0, 1, byRegister ? 0 : Pick([0, 0, 0, 1, 64]));
        Arithmetic();
    }

    private void Arithmetic()
    {
        Op op = _random.Next(9) == 0 ? Pick(s_endian) : Pick(s_alu);
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(op);
        bool isShift = row.Operation is Operation.Lsh or Operation.Rsh or Operation.Arsh;
        int constant = isShift ? _random.Next(row.Width) : Constant();
        bool divides = row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod;
        Emit(op, Number(), row.Operand == Operand.Reg ? Number() : 0, 0, row.Operand != Operand.Imm ? 0 : divides && constant == 0 ? 3 : constant);
    }

    /// <summary>r7 = index bounded in one of several ways, or not; then memory[r7].</summary>
    private void Access(Register memory, int size)
    {
        (Op load, Op store, int bytes) = Width();
        int limit = Math.Max(0, size - bytes - (Rarely() ? _random.Next(-2, 2) : 0));
        Emit(Pick([Op.Mov64Reg, Op.Mov64Reg, Op.Mov32Reg, Op.MovSx8To64, Op.MovSx16To32, Op.MovSx32To64]), Register.R7, Number());
        List<int> exits = [];
        switch (_random.Next(8))
        {
            case 0:
                Emit(Pick([Op.And64Imm, Op.And32Imm]), Register.R7, imm: Rarely() ? 63 : limit & Pick([7, 15, 31, 56, 60, 63]));
                break;
            case 1 or 2:
                exits.Add(Emit(Rarely() ? Pick([Op.Jgt32Imm, Op.Jsgt64Imm, Op.Jsgt32Imm]) : Pick([Op.Jgt64Imm, Op.Jge64Imm]), Register.R7, imm: limit));
                break;
            case 3:
                exits.Add(Emit(Rarely() ? Op.Jsgt32Imm : Op.Jsgt64Imm, Register.R7, imm: limit));
                exits.Add(Emit(Rarely() ? Op.Jslt32Imm : Op.Jslt64Imm, Register.R7, imm: Rarely() ? -1 : Pick([0, 1])));
                break;
            case 4:
                if (Rarely())
                {
                    Emit(Pick([Op.Mod64Imm, Op.Mod32Imm, Op.SMod64Imm]), Register.R7, imm: limit + 1);
                }

                Emit(Op.Jgt64Imm, Register.R7, offset: 1, imm: limit);
                Emit(Op.Ja, offset: 1);
                Emit(Op.Mov64Imm, Register.R7, imm: limit);
                break;
            case 5:
                Emit(Pick([Op.Rsh64Imm, Op.Rsh32Imm, Op.Arsh64Imm]), Register.R7, imm: Pick([26, 27, 58, 59]));
                break;
            case 6:
                Emit(Op.Mov64Imm, Register.R0, imm: limit);
                exits.Add(Emit(Pick([Op.Jgt64Reg, Op.Jge64Reg, Op.Jgt32Reg]), Register.R7, Register.R0));
                break;
            default:
                Emit(Op.Mov64Imm, Register.R7, imm: _random.Next(0, limit + 1));
                break;
        }

        if (Rarely())
        {
            Emit(Pick([Op.Add64Imm, Op.Sub64Imm, Op.Lsh64Imm, Op.Rsh64Imm, Op.Xor64Imm]), Register.R7, imm: Pick([0, 1, 2, 3]));
        }

        Emit(Op.Add64Reg, Register.R7, memory);
        int offset = Rarely() ? Pick([1, -1, 4]) : 0;
        if (_random.Next(2) == 0)
        {
            Emit(store, Register.R7, Number(), offset, Constant());
        }

        Emit(load, Number(), Register.R7, offset);
        Land(exits);
        Emit(Op.Mov64Imm, Register.R7, imm: 1);
    }

    private void PacketAccess()
    {
        (Op load, Op store, int bytes) = Width();
        Emit(Op.Load32, Register.R0, Register.R6, _isSocketBuffer ? 80 : 4);
        Emit(Op.Mov64Reg, Register.R7, Register.R9);
        if (_random.Next(2) == 0)
        {
            Register index = (Register)_random.Next(1, 6);
            Emit(Pick([Op.And64Imm, Op.And32Imm, Op.Rsh64Imm, Op.Mod64Imm]), index, imm: Pick([15, 31, 63]));
            Emit(Op.Add64Reg, Register.R7, index);
        }

        if (_random.Next(3) == 0)
        {
            Emit(Op.Add64Imm, Register.R7, imm: _random.Next(0, 9));
        }

        int need = _random.Next(bytes, 17);
        Emit(Op.Mov64Reg, Register.R1, Register.R7);
        Emit(Op.Add64Imm, Register.R1, imm: need);
        int exit = Emit(Rarely() ? Pick([Op.Jle64Reg, Op.Jlt64Reg]) : Pick([Op.Jgt64Reg, Op.Jge64Reg]), Register.R1, Register.R0);
        int offset = Rarely() ? need : Math.Max(0, need - bytes);
        if (_random.Next(3) == 0)
        {
            Emit(store, Register.R7, Register.R2, offset, Constant());
        }

        Emit(load, Register.R3, Register.R7, offset);
        Land([exit]);
        Emit(Op.Mov64Imm, Register.R7, imm: 1);
        Emit(Op.Mov64Imm, Register.R1, imm: 2);
        Emit(Op.Mov64Imm, Register.R0, imm: 3);
    }

    private void StackAtVariableOffset()
    {
        (Op load, Op store, int _) = Width();
        Emit(Op.Mov64Reg, Register.R7, Number());
        Emit(Op.And64Imm, Register.R7, imm: Rarely() ? 7 : 8);
        Emit(Op.Add64Imm, Register.R7, imm: Rarely() ? -7 : Pick([-40, -32, -24, -16]));
        Emit(Op.Add64Reg, Register.R7, Register.R10);
        if (_random.Next(2) == 0)
        {
            Emit(store, Register.R7, Number(), 0, Constant());
        }
        else
        {
            Emit(load, Number(), Register.R7);
        }

        Emit(Op.Mov64Imm, Register.R7, imm: 1);
    }

    private void SpillPointer()
    {
        int offset = -8 * _random.Next(1, 6);
        Emit(Op.Store64Reg, Register.R10, Pick([Register.R8, Register.R10, Register.R9]), offset);
        if (_random.Next(4) == 0)
        {
            Emit(Op.Store8Reg, Register.R10, Number(), offset + _random.Next(8));
        }

        if (_random.Next(3) == 0)
        {
            Skip(1);
        }

        Emit(Op.Load64, Register.R7, Register.R10, offset);
        Emit(Rarely() ? Pick(s_loads) : Op.Load8, Number(), Register.R7, Rarely() ? Pick([-8, 8]) : -1 * (_code[^1].Src == Register.R10 ? 1 : 0));
        Emit(Op.Mov64Imm, Register.R7, imm: 1);
        Emit(Op.Store64Imm, Register.R10, offset: offset, imm: Constant());
    }

    private void Atomic()
    {
        Op op = Pick(s_atomics);
        if (_random.Next(2) == 0)
        {
            Emit(op, Register.R10, Number(), StackOffset(op));
        }
        else
        {
            Emit(op, Register.R8, Number(), _random.Next(_isMain ? 9 : 2) * 8);
        }
    }

    private void Loop()
    {
        int kind = _random.Next(4);
        if (kind == 3 && _isMain)
        {
            CallbackLoop();
            return;
        }

        Emit(Op.Mov64Imm, Register.R7, imm: 0);
        int start = _code.Count;
        int leave = -1;
        if (kind == 1)
        {
            leave = _code.Count;
            _code.Add(default);
        }

        for (int k = _random.Next(1, 3); k > 0; k--)
        {
            if (_random.Next(4) == 0)
            {
                Skip(1);
            }
            else
            {
                Arithmetic();
            }
        }

        Emit(Pick([Op.Add64Imm, Op.Add64Imm, Op.Add32Imm]), Register.R7, imm: Pick([1, 1, 2, 3]));
        if (leave >= 0)
        {
            Emit(Op.Ja, offset: start - _code.Count - 1);
            _code[leave] = Instruction.Encode(Op.MayGoto, offset: (short)(_code.Count - leave - 1));
        }
        else
        {
            Emit(Pick([Op.Jlt64Imm, Op.Jne64Imm, Op.Jslt64Imm, Op.Jlt32Imm, Op.Jle64Imm]), Register.R7, offset: start - _code.Count - 1, imm: 6 * _random.Next(1, 4));
        }

        Emit(Op.Mov64Imm, Register.R7, imm: 1);
    }

    private void CallbackLoop()
    {
        Emit(Op.Mov64Imm, Register.R1, imm: _random.Next(0, 6));
        _calls.Add((_code.Count, _functions + 1));
        Emit(Op.LoadFunction, Register.R2);
        _code.Add(default);
        Emit(Op.Mov64Reg, Register.R3, Register.R10);
        Emit(Op.Add64Imm, Register.R3, imm: -8 * _random.Next(1, 5));
        Emit(Op.Mov64Imm, Register.R4, imm: 0);
        Emit(Op.CallHelper, imm: 181);
        Numbers(false);
    }

    private void Call()
    {
        if (_functions == 0 || !_isMain)
        {
            Arithmetic();
            return;
        }

        Emit(Op.Mov64Reg, Register.R1, Number());
        Emit(Op.Mov64Reg, Register.R2, Number());
        Emit(Op.Mov64Reg, Register.R3, Pick([Register.R8, Register.R10]));
        if (_code[^1].Src == Register.R10)
        {
            Emit(Op.Add64Imm, Register.R3, imm: -8 * _random.Next(1, 5));
        }

        _calls.Add((_code.Count, _random.Next(1, _functions + 1)));
        Emit(Op.CallLocal);
        Register result = Register.R7;
        Emit(Op.Mov64Reg, result, Register.R0);
        Numbers(false);
        Emit(Op.Mov64Reg, Number(), result);
    }

    private void Helper()
    {
        if (!_isMain)
        {
            Arithmetic();
            return;
        }

        switch (_random.Next(6))
        {
            case 0:
                Emit(Op.CallHelper, imm: Pick([5, 7, 8]));
                Emit(Op.Mov64Reg, Register.R7, Register.R0);
                Numbers(false);
                Emit(Op.Mov64Reg, Number(), Register.R7);
                break;
            case 1:
                // A hash lookup, checked or not, then an access.
                Lookup(1, isChecked: false);
                int skip = _random.Next(5) == 0 ? -1 : Emit(Pick([Op.Jeq64Imm, Op.Jeq64Imm, Op.Jsle64Imm, Op.Jeq32Imm]), Register.R0);
                Emit(Pick(s_loads), Register.R7, Register.R0, Rarely() ? 16 : Pick([0, 8]));
                Land(skip < 0 ? [] : [skip]);
                Emit(Op.Mov64Imm, Register.R7, imm: 1);
                Numbers(false);
                break;
            case 2:
                Emit(Op.Mov64Reg, Register.R7, Number());
                Emit(Op.Store32Imm, Register.R10, offset: -48, imm: _random.Next(10));
                Emit(Op.Mov64Reg, Register.R2, Register.R10);
                Emit(Op.Add64Imm, Register.R2, imm: -48);
                Emit(Op.Mov64Reg, Register.R3, Pick([Register.R10, Register.R8]));
                if (_code[^1].Src == Register.R10)
                {
                    Emit(Op.Add64Imm, Register.R3, imm: Pick([-16, -24, -40, -8]));
                }

                Emit(Op.Mov64Imm, Register.R4);
                LoadMap(Register.R1, 1);
                Emit(Op.CallHelper, imm: 2);
                Numbers(false);
                break;
            case 3 when _isSocketBuffer:
                // skb_load_bytes with a length that may be variable.
                Register length = (Register)_random.Next(1, 6);
                Emit(Op.Mov64Reg, Register.R7, length);
                Emit(Op.Mov64Reg, Register.R1, Register.R6);
                Emit(Op.Mov64Imm, Register.R2, imm: Pick([0, 4, 90]));
                Emit(Op.Mov64Reg, Register.R3, Register.R10);
                Emit(Op.Add64Imm, Register.R3, imm: -40);
                Emit(Op.Mov64Reg, Register.R4, Register.R7);
                Emit(Pick([Op.And64Imm, Op.And32Imm, Op.Mod64Imm, Op.Rsh64Imm]), Register.R4, imm: Pick([7, 15, 31, 63]));
                if (_random.Next(2) == 0)
                {
                    Emit(Pick([Op.Add64Imm, Op.Or64Imm]), Register.R4, imm: 1);
                }

                Emit(Op.CallHelper, imm: 26);
                Numbers(false);
                break;
            case 4:
                Ring();
                break;
            default:
                // dynptr_from_mem over the map value, then a read and a slice.
                Emit(Op.Mov64Reg, Register.R1, Register.R8);
                Emit(Op.Mov64Imm, Register.R2, imm: Pick([8, 16, 64, 65]));
                Emit(Op.Mov64Imm, Register.R3);
                Emit(Op.Mov64Reg, Register.R4, Register.R10);
                Emit(Op.Add64Imm, Register.R4, imm: -64);
                Emit(Op.CallHelper, imm: 197);
                Emit(Op.Mov64Reg, Register.R1, Register.R10);
                Emit(Op.Add64Imm, Register.R1, imm: -64);
                Emit(Op.Mov64Imm, Register.R2, imm: _random.Next(0, 9));
                Emit(Op.Mov64Imm, Register.R3, imm: Pick([1, 8, 16]));
                Emit(Op.CallHelper, imm: 203);
                Emit(Op.Jeq64Imm, Register.R0, offset: 1);
                Emit(Pick([Op.Load8, Op.Load64]), Register.R0, Register.R0, Pick([0, 0, 8]));
                Numbers(false);
                break;
        }
    }

    private void Ring()
    {
        LoadMap(Register.R1, 2);
        int size = Pick([8, 16, 24]);
        Emit(Op.Mov64Imm, Register.R2, imm: size);
        Emit(Op.Mov64Imm, Register.R3);
        Emit(Op.CallHelper, imm: 131);
        int skip = _random.Next(6) == 0 ? -1 : Emit(Pick([Op.Jeq64Imm, Op.Jeq64Imm, Op.Jeq64Imm, Op.Jsgt64Imm]), Register.R0);
        Emit(Op.Store64Imm, Register.R0, offset: Pick([0, size - 8, size - 8, size - 7]), imm: Constant());
        if (_random.Next(6) != 0)
        {
            Emit(Op.Mov64Reg, Register.R1, Register.R0);
            Emit(Op.Mov64Imm, Register.R2);
            Emit(Op.CallHelper, imm: Pick([132, 133]));
        }

        Land(skip < 0 ? [] : [skip]);
        Numbers(false);
    }

    private void Legacy()
    {
        if (!_isSocketBuffer || !_isMain)
        {
            Arithmetic();
            return;
        }

        Op op = Pick(s_legacy);
        Emit(op, 0, OpcodeTable.Get(op).Operation == Operation.LdInd ? Number() : 0, 0, Pick([0, 4, 12, 90, -8, 200]));
        Emit(Op.Mov64Reg, Register.R7, Register.R0);
        Numbers(false);
        Emit(Op.Mov64Reg, Number(), Register.R7);
    }

    private void Lookup(int map, bool isChecked = true)
    {
        Emit(Op.Store32Imm, Register.R10, offset: -48, imm: map == 0 ? 0 : _random.Next(4));
        Emit(Op.Mov64Reg, Register.R2, Register.R10);
        Emit(Op.Add64Imm, Register.R2, imm: -48);
        LoadMap(Register.R1, map);
        Emit(Op.CallHelper, imm: 1);
        if (isChecked)
        {
            Emit(Op.Jne64Imm, Register.R0, offset: 2);
            Emit(Op.Mov64Imm, Register.R0);
            Emit(Op.Exit);
        }
    }

    private void LoadMap(Register register, int map)
    {
        Emit(Op.LoadMapIndex, register, imm: map);
        _code.Add(default);
    }

    private (Op Load, Op Store, int Bytes) Width() => _random.Next(6) switch
    {
        0 => (Op.Load8, Op.Store8Reg, 1),
        1 => (Op.Load16, Op.Store16Imm, 2),
        2 => (Op.Load32, Op.Store32Reg, 4),
        3 => (Op.LoadSx16, Op.Store16Reg, 2),
        4 => (Op.LoadSx32, Op.Store32Imm, 4),
        _ => (Op.Load64, Op.Store64Reg, 8),
    };

    private void Land(List<int> jumps)
    {
        foreach (int jump in jumps)
        {
            Instruction old = _code[jump];
            _code[jump] = new Instruction(old.Opcode, old.Dst, old.Src, (short)(_code.Count - jump - 1), old.Imm);
        }
    }

    private Register Number() => (Register)_random.Next(0, 6);

    private int Constant() => _random.Next(3) == 0 ? _random.Next() : Pick(s_constants);

    // Aligned to the width nearly always.
    private int StackOffset(Op op)
    {
        int bytes = OpcodeTable.Get(op).Width / 8;
        return _random.Next(30) == 0 ? -_random.Next(1, 41) : -bytes * _random.Next(1, (40 / bytes) + 1);
    }

    // For what is usually a mistake.
    private bool Rarely() => _random.Next(6) == 0;

    private T Pick<T>(T[] options) => options[_random.Next(options.Length)];

    private int Emit(Op op, Register dst = 0, Register src = 0, int offset = 0, int imm = 0)
    {
        // Fields an instruction does not use come from the table, or are 0.
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(op);
        imm = row.Operand == Operand.Imm || row.Kind is OpKind.LoadImmediate64 or OpKind.LegacyPacket or OpKind.Call ? imm : 0;
        src = row.Operand == Operand.Reg || row.Kind is OpKind.Load or OpKind.LoadAcquire or OpKind.Atomic ? src : 0;
        _code.Add(Instruction.Encode(op, dst, src, (short)offset, imm));
        return _code.Count - 1;
    }
}
