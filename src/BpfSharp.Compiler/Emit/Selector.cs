using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;
using BpfSharp.Compiler.Passes;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Chooses instructions: IR to machine instructions over virtual registers.</summary>
internal sealed class Selector
{
    private readonly Function _function;
    private readonly int _cpuLevel;
    private readonly MachineFunction _result;
    private readonly Dictionary<Block, MachineBlock> _blocks = [];
    private readonly Dictionary<Inst, int> _registers = [];
    private readonly Dictionary<Inst, int> _phiInputs = [];
    private readonly Dictionary<Inst, StackPlace> _places = [];
    private readonly Dictionary<Inst, int> _uses;
    // Constants of two slots that several instructions of their block use: made once.
    private readonly HashSet<Inst> _kept = [];
    private MachineBlock _block = null!;
    private int _source = -1;

    private Selector(Function function, int cpuLevel)
    {
        _function = function;
        _cpuLevel = cpuLevel;
        _result = new MachineFunction(function.Name);
        _uses = function.CountUses();
    }

    public static MachineFunction Run(Function function, int cpuLevel)
    {
        Selector selector = new(function, cpuLevel);
        selector.Select();
        return selector._result;
    }

    private bool Has32 => _cpuLevel >= 3;

    private void Select()
    {
        foreach (Block block in _function.Blocks)
        {
            MachineBlock made = new(block.Id) { LoopDepth = block.LoopDepth, Cold = block.Cold };
            _blocks[block] = made;
            _result.Blocks.Add(made);
            foreach (Inst inst in block.Insts)
            {
                if (inst.Op == IrOp.Alloca)
                {
                    StackPlace place = new((int)inst.Imm, Math.Max(1, (int)inst.Width));
                    _places[inst] = place;
                    _result.Places.Add(place);
                }
                else if (inst.Op == IrOp.Phi)
                {
                    _phiInputs[inst] = _result.NewRegister();
                }
            }
        }

        KeepWideConstants();
        foreach (Block block in _function.Blocks)
        {
            _block = _blocks[block];
            foreach (Block successor in block.Successors)
            {
                _block.Successors.Add(_blocks[successor]);
            }

            foreach (Inst inst in block.Insts)
            {
                _source = inst.Source;
                if (inst.IsTerminator)
                {
                    FeedPhis(block);
                }

                SelectInst(inst);
            }
        }
    }

    private void KeepWideConstants()
    {
        Dictionary<Inst, int> near = [];
        foreach (Inst inst in _function.AllInsts)
        {
            foreach (Inst arg in inst.Args)
            {
                if (arg.IsConst && inst.Op is >= IrOp.Add and <= IrOp.Xor or IrOp.Branch && ReferenceEquals(arg.Block, inst.Block)
                    && !FitsImmediate(arg) && !(arg.Imm is > 0 and <= uint.MaxValue && Has32))
                {
                    near[arg] = near.GetValueOrDefault(arg) + 1;
                    if (near[arg] > 1)
                    {
                        _kept.Add(arg);
                    }
                }
            }
        }
    }

    private int RegisterOf(Inst inst)
    {
        if (!_registers.TryGetValue(inst, out int register))
        {
            _registers[inst] = register = _result.NewRegister();
        }

        return register;
    }

    private MachineInst Emit(MachineInst inst)
    {
        _block.Insts.Add(inst);
        return inst;
    }

    private void Emit(Op op, int dst = -1, int src = -1, int offset = 0, long imm = 0, object? data = null, StackPlace? place = null) =>
        Emit(new MachineInst
        {
            Op = op,
            Dst = dst,
            Src = src,
            Offset = offset,
            Imm = imm,
            Data = data,
            Source = _source,
            Place = place,
        });

    private void Copy(int dst, int src) =>
        Emit(new MachineInst { Kind = MachineKind.Copy, Dst = dst, Src = src, Source = _source });

    // Inputs of phis have registers of their own: written at the end of each predecessor, read at the start of the block.
    private void FeedPhis(Block block)
    {
        foreach (Block successor in block.Successors.Distinct())
        {
            int edge = successor.Predecessors.IndexOf(block);
            foreach (Inst phi in successor.Insts)
            {
                if (phi.Op != IrOp.Phi)
                {
                    break;
                }

                Materialise(phi.Args[edge], _phiInputs[phi]);
            }
        }
    }

    /// <summary>Constants and addresses that are made where they are needed.</summary>
    private bool IsRemade(Inst value) => value.Op is IrOp.Alloca or IrOp.MapRef or IrOp.FuncRef or IrOp.Undef
        || (value.Op == IrOp.Const && !_kept.Contains(value))
        || (value.Op == IrOp.Add && value.Args[0].Op == IrOp.Alloca && value.Args[1].IsConst)
        || (value.Op == IrOp.MapValue && _uses.GetValueOrDefault(value) == 1);

    /// <summary>The register that holds a value; remade ones get a fresh one.</summary>
    private int Use(Inst value)
    {
        if (!IsRemade(value))
        {
            return RegisterOf(value);
        }

        int register = _result.NewRegister();
        Materialise(value, register);
        return register;
    }

    private void Materialise(Inst value, int register)
    {
        switch (value.Op)
        {
            case IrOp.Const or IrOp.Undef when IsRemade(value):
                LoadConstant(register, value.Type == IrType.I32 ? (int)value.Imm : value.Imm, value.Type);
                return;
            case IrOp.Alloca:
                Copy(register, 10);
                Emit(Op.Add64Imm, register, place: _places[value]);
                return;
            case IrOp.Add when value.Args[0].Op == IrOp.Alloca && value.Args[1].IsConst:
                Copy(register, 10);
                Emit(Op.Add64Imm, register, imm: value.Args[1].Imm, place: _places[value.Args[0]]);
                return;
            case IrOp.MapRef:
                Emit(Op.LoadMapIndex, register, imm: value.Imm);
                return;
            case IrOp.MapValue when IsRemade(value):
                LoadMapValue(register, value);
                return;
            case IrOp.FuncRef:
                Emit(Op.LoadFunction, register, data: value.Data);
                return;
            default:
                Copy(register, RegisterOf(value));
                return;
        }
    }

    private void LoadMapValue(int register, Inst value) =>
        Emit(Op.LoadMapValueIndex, register, imm: (long)((ulong)(uint)value.Offset << 32 | (uint)value.Imm));

    private void LoadConstant(int register, long value, IrType type)
    {
        if (type == IrType.I32 && Has32)
        {
            Emit(Op.Mov32Imm, register, imm: (int)value);
        }
        else if (value == (int)value)
        {
            Emit(Op.Mov64Imm, register, imm: value);
        }
        else if (value is > 0 and <= uint.MaxValue && Has32)
        {
            Emit(Op.Mov32Imm, register, imm: (int)(uint)value);
        }
        else
        {
            Emit(Op.LoadImm64, register, imm: value);
        }
    }

    private static bool FitsImmediate(Inst value) =>
        value.IsConst && (value.Type == IrType.I32 || value.Imm == (int)value.Imm);

    private void SelectInst(Inst inst)
    {
        bool narrow = inst.Type == IrType.I32 && Has32;
        switch (inst.Op)
        {
            case IrOp.Const when _kept.Contains(inst):
                LoadConstant(RegisterOf(inst), inst.Imm, inst.Type);
                return;
            case IrOp.Const or IrOp.Alloca or IrOp.MapRef or IrOp.FuncRef or IrOp.Undef:
                return;
            case IrOp.Param:
                Copy(RegisterOf(inst), (int)inst.Imm + 1);
                return;
            case IrOp.Phi:
                Copy(RegisterOf(inst), _phiInputs[inst]);
                return;
            case IrOp.Add when IsRemade(inst):
                return;
            case IrOp.Add when inst.Args[1] is { Op: IrOp.Core }:
                SelectCoreAdd(inst);
                return;
            case IrOp.Add or IrOp.Sub or IrOp.Mul or IrOp.And or IrOp.Or or IrOp.Xor or IrOp.Shl or IrOp.Shr or IrOp.Sar
                or IrOp.UDiv or IrOp.URem or IrOp.SDiv or IrOp.SRem:
                SelectBinary(inst, narrow);
                return;
            case IrOp.Neg:
                Copy(RegisterOf(inst), Use(inst.Args[0]));
                Emit(narrow ? Op.Neg32 : Op.Neg64, RegisterOf(inst));
                return;
            case IrOp.Zext:
                Copy(RegisterOf(inst), Use(inst.Args[0]));
                if (!IsZeroAbove(inst.Args[0]) || (IsUnknownToVerifier(inst.Args[0]) && MattersToVerifier(inst)))
                {
                    Emit(Op.Mov32Reg, RegisterOf(inst), RegisterOf(inst));
                }

                return;
            case IrOp.Trunc or IrOp.Opaque:
                Copy(RegisterOf(inst), Use(inst.Args[0]));
                return;
            case IrOp.Sext:
                Op extend = (inst.Imm, narrow) switch
                {
                    (8, true) => Op.MovSx8To32,
                    (8, false) => Op.MovSx8To64,
                    (16, true) => Op.MovSx16To32,
                    (16, false) => Op.MovSx16To64,
                    _ => Op.MovSx32To64,
                };
                Emit(extend, RegisterOf(inst), Use(inst.Args[0]));
                return;
            case IrOp.Bswap:
                Copy(RegisterOf(inst), Use(inst.Args[0]));
                Emit(inst.Imm switch
                {
                    2 => Op.Be16,
                    4 => Op.Be32,
                    _ => Op.Be64,
                }, RegisterOf(inst));
                return;
            case IrOp.Load:
                SelectLoad(inst);
                return;
            case IrOp.Store:
                SelectStore(inst);
                return;
            case IrOp.Atomic:
                SelectAtomic(inst);
                return;
            case IrOp.MapValue:
                if (!IsRemade(inst))
                {
                    LoadMapValue(RegisterOf(inst), inst);
                }

                return;
            case IrOp.ExternRef:
                Emit(Op.LoadBtfId, RegisterOf(inst), imm: inst.Imm);
                return;
            case IrOp.Core:
                if (_function.AllInsts.Any(u => u.Args.Contains(inst) && !(u.Op == IrOp.Add && ReferenceEquals(u.Args[1], inst))))
                {
                    Emit(Op.Mov64Imm, RegisterOf(inst), imm: inst.Imm, data: inst.Data);
                }

                return;
            case IrOp.CallHelper or IrOp.CallKfunc or IrOp.CallLocal:
                SelectCall(inst);
                return;
            case IrOp.Jump:
                Emit(new MachineInst { Kind = MachineKind.Jump, Target = _blocks[inst.Targets[0]], Source = _source });
                return;
            case IrOp.Branch:
                SelectBranch(inst);
                return;
            case IrOp.MayGoto:
                Emit(new MachineInst
                {
                    Kind = MachineKind.Branch,
                    Op = Op.MayGoto,
                    Target = _blocks[inst.Targets[1]],
                    Otherwise = _blocks[inst.Targets[0]],
                    Source = _source,
                });
                return;
            case IrOp.Return:
                SelectReturn(inst);
                return;
            case IrOp.Unreachable:
                LoadConstant(0, 0, IrType.I64);
                Emit(new MachineInst { Kind = MachineKind.Exit, Source = _source });
                return;
            case IrOp.Compare or IrOp.LostCounter:
            default:
                throw new InvalidOperationException($"'{inst}' should be lowered by now");
        }
    }

    /// <summary>Whether the register of a 32-bit value has zeros above.</summary>
    private bool IsZeroAbove(Inst value, int depth = 0) => value.Type != IrType.I32 ? Ranges.Bits(value, proved: true) <= 32 : value.Op switch
    {
        IrOp.Const => true,
        IrOp.Load => !value.Signed,
        IrOp.Phi => depth < 4 && value.Args.TrueForAll(a => ReferenceEquals(a, value) || IsZeroAbove(a, depth + 1)),
        IrOp.Trunc or IrOp.Opaque => Ranges.Bits(value.Args[0], proved: true) <= 32 && value.Args[0].Type == IrType.I64,
        IrOp.Atomic => true,
        IrOp.Add or IrOp.Sub or IrOp.Mul or IrOp.UDiv or IrOp.URem or IrOp.SDiv or IrOp.SRem or IrOp.And or IrOp.Or or IrOp.Xor
            or IrOp.Shl or IrOp.Shr or IrOp.Sar or IrOp.Neg or IrOp.Sext or IrOp.Bswap or IrOp.Compare => Has32,
        IrOp.Param or IrOp.Undef or IrOp.Zext or IrOp.Alloca or IrOp.Store or IrOp.MapRef or IrOp.MapValue or IrOp.FuncRef
            or IrOp.ExternRef or IrOp.LostCounter or IrOp.Core or IrOp.CallHelper or IrOp.CallLocal or IrOp.CallKfunc
            or IrOp.Jump or IrOp.Branch or IrOp.MayGoto or IrOp.Return or IrOp.Unreachable => false,
        _ => false,
    };

    // The kernel forgets that these clear the upper half.
    private static bool IsUnknownToVerifier(Inst value, int depth = 0) => value.Op switch
    {
        IrOp.UDiv or IrOp.URem or IrOp.SDiv or IrOp.SRem or IrOp.Bswap or IrOp.Neg => true,
        IrOp.Shl or IrOp.Shr or IrOp.Sar => !value.Args[1].IsConst,
        IrOp.Phi => depth < 4 && value.Args.Exists(a => IsUnknownToVerifier(a, depth + 1)),
        _ => false,
    };

    // Offsets of pointers and sizes for calls must be bounded, as 64 bits.
    private bool MattersToVerifier(Inst value) => _function.AllInsts.Any(u => u.Args.Contains(value)
        && (u.Type == IrType.Ptr || u.Op is IrOp.CallHelper or IrOp.CallKfunc or IrOp.CallLocal or IrOp.Shl or IrOp.Mul
            or IrOp.Add or IrOp.Phi));

    private void SelectBinary(Inst inst, bool narrow)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        bool commutes = inst.Op is IrOp.Add or IrOp.Mul or IrOp.And or IrOp.Or or IrOp.Xor;
        if (commutes && !b.IsConst && (a.IsConst || (_uses.GetValueOrDefault(b) == 1 && _uses.GetValueOrDefault(a) > 1
            && b.Type == inst.Type)))
        {
            (a, b) = (b, a);
        }

        int dst = RegisterOf(inst);
        Materialise(a, dst);
        (Op imm, Op reg) = Pair(inst.Op, narrow);
        if (FitsImmediate(b))
        {
            Emit(imm, dst, imm: (int)b.Imm);
        }
        else
        {
            // The operand is made before the copy is overwritten: order matters only for remade ones.
            int index = _block.Insts.Count;
            int operand = Use(b);
            _ = index;
            Emit(reg, dst, operand);
        }
    }

    private static (Op Imm, Op Reg) Pair(IrOp op, bool narrow) => (op, narrow) switch
    {
        (IrOp.Add, false) => (Op.Add64Imm, Op.Add64Reg),
        (IrOp.Sub, false) => (Op.Sub64Imm, Op.Sub64Reg),
        (IrOp.Mul, false) => (Op.Mul64Imm, Op.Mul64Reg),
        (IrOp.And, false) => (Op.And64Imm, Op.And64Reg),
        (IrOp.Or, false) => (Op.Or64Imm, Op.Or64Reg),
        (IrOp.Xor, false) => (Op.Xor64Imm, Op.Xor64Reg),
        (IrOp.Shl, false) => (Op.Lsh64Imm, Op.Lsh64Reg),
        (IrOp.Shr, false) => (Op.Rsh64Imm, Op.Rsh64Reg),
        (IrOp.Sar, false) => (Op.Arsh64Imm, Op.Arsh64Reg),
        (IrOp.UDiv, false) => (Op.Div64Imm, Op.Div64Reg),
        (IrOp.URem, false) => (Op.Mod64Imm, Op.Mod64Reg),
        (IrOp.SDiv, false) => (Op.SDiv64Imm, Op.SDiv64Reg),
        (IrOp.SRem, false) => (Op.SMod64Imm, Op.SMod64Reg),
        (IrOp.Add, true) => (Op.Add32Imm, Op.Add32Reg),
        (IrOp.Sub, true) => (Op.Sub32Imm, Op.Sub32Reg),
        (IrOp.Mul, true) => (Op.Mul32Imm, Op.Mul32Reg),
        (IrOp.And, true) => (Op.And32Imm, Op.And32Reg),
        (IrOp.Or, true) => (Op.Or32Imm, Op.Or32Reg),
        (IrOp.Xor, true) => (Op.Xor32Imm, Op.Xor32Reg),
        (IrOp.Shl, true) => (Op.Lsh32Imm, Op.Lsh32Reg),
        (IrOp.Shr, true) => (Op.Rsh32Imm, Op.Rsh32Reg),
        (IrOp.Sar, true) => (Op.Arsh32Imm, Op.Arsh32Reg),
        (IrOp.UDiv, true) => (Op.Div32Imm, Op.Div32Reg),
        (IrOp.URem, true) => (Op.Mod32Imm, Op.Mod32Reg),
        (IrOp.SDiv, true) => (Op.SDiv32Imm, Op.SDiv32Reg),
        (IrOp.SRem, true) => (Op.SMod32Imm, Op.SMod32Reg),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    // base + relocated offset: folded into the loads that use it, else an addition whose immediate is relocated.
    private void SelectCoreAdd(Inst inst)
    {
        if (_function.AllInsts.Any(u => u.Args.Contains(inst) && !IsCoreLoad(u, inst)))
        {
            int dst = RegisterOf(inst);
            Materialise(inst.Args[0], dst);
            Emit(Op.Add64Imm, dst, imm: inst.Args[1].Imm, data: inst.Args[1].Data);
        }
    }

    private static bool IsCoreLoad(Inst user, Inst address) =>
        user.Op is IrOp.Load or IrOp.Store && ReferenceEquals(user.Args[0], address) && user.Offset == 0
        && (user.Op == IrOp.Load || !ReferenceEquals(user.Args[1], address));

    private (int Register, int Offset, object? Data, StackPlace? Place) Address(Inst inst)
    {
        Inst address = inst.Args[0];
        if (address.Op == IrOp.Alloca)
        {
            return (10, inst.Offset, null, _places[address]);
        }

        if (address.Op == IrOp.Add && address.Args[0].Op == IrOp.Alloca && address.Args[1].IsConst)
        {
            return (10, inst.Offset + (int)address.Args[1].Imm, null, _places[address.Args[0]]);
        }

        if (address is { Op: IrOp.Add } && address.Args[1] is { Op: IrOp.Core } core && IsCoreLoad(inst, address))
        {
            return (Use(address.Args[0]), (int)core.Imm, core.Data, null);
        }

        return (Use(address), inst.Offset, null, null);
    }

    private void SelectLoad(Inst inst)
    {
        (int register, int offset, object? data, StackPlace? place) = Address(inst);
        // A context field that holds a packet pointer is stored as 32 bits; the kernel makes a pointer of the load.
        Op op = (inst.Width, inst.Signed) switch
        {
            (1, false) => Op.Load8,
            (2, false) => Op.Load16,
            (4, false) => Op.Load32,
            (1, true) => Op.LoadSx8,
            (2, true) => Op.LoadSx16,
            (4, true) => Op.LoadSx32,
            _ => Op.Load64,
        };
        Emit(op, RegisterOf(inst), register, offset, data: data, place: place);
    }

    private void SelectStore(Inst inst)
    {
        Inst value = inst.Args[1];
        bool immediate = value.IsConst && (inst.Width <= 4 || value.Imm == (int)value.Imm);
        int source = immediate ? -1 : Use(value);
        (int register, int offset, object? data, StackPlace? place) = Address(inst);
        if (immediate)
        {
            Op op = inst.Width switch
            {
                1 => Op.Store8Imm,
                2 => Op.Store16Imm,
                4 => Op.Store32Imm,
                _ => Op.Store64Imm,
            };
            long imm = inst.Width switch
            {
                1 => (sbyte)value.Imm,
                2 => (short)value.Imm,
                _ => (int)value.Imm,
            };
            Emit(op, register, -1, offset, imm, data, place);
            return;
        }

        Op store = inst.Width switch
        {
            1 => Op.Store8Reg,
            2 => Op.Store16Reg,
            4 => Op.Store32Reg,
            _ => Op.Store64Reg,
        };
        Emit(store, register, source, offset, 0, data, place);
    }

    private void SelectAtomic(Inst inst)
    {
        bool wide = inst.Width == 8;
        Op op = inst.Atomic switch
        {
            AtomicOp.Add => wide ? Op.AtomicAdd64 : Op.AtomicAdd32,
            AtomicOp.Or => wide ? Op.AtomicOr64 : Op.AtomicOr32,
            AtomicOp.And => wide ? Op.AtomicAnd64 : Op.AtomicAnd32,
            AtomicOp.Xor => wide ? Op.AtomicXor64 : Op.AtomicXor32,
            AtomicOp.FetchAdd => wide ? Op.AtomicFetchAdd64 : Op.AtomicFetchAdd32,
            AtomicOp.FetchOr => wide ? Op.AtomicFetchOr64 : Op.AtomicFetchOr32,
            AtomicOp.FetchAnd => wide ? Op.AtomicFetchAnd64 : Op.AtomicFetchAnd32,
            AtomicOp.FetchXor => wide ? Op.AtomicFetchXor64 : Op.AtomicFetchXor32,
            AtomicOp.Exchange => wide ? Op.AtomicXchg64 : Op.AtomicXchg32,
            _ => wide ? Op.AtomicCmpxchg64 : Op.AtomicCmpxchg32,
        };
        if (inst.Atomic == AtomicOp.CompareExchange)
        {
            int value = Use(inst.Args[1]);
            (int at, int offset, object? data, StackPlace? place) = Address(inst);
            Materialise(inst.Args[2], 0);
            Emit(op, at, value, offset, 0, data, place);
            Copy(RegisterOf(inst), 0);
            return;
        }

        bool fetches = OpcodeTable.Get(op).Fetches;
        int operand;
        if (fetches)
        {
            operand = RegisterOf(inst);
            Materialise(inst.Args[1], operand);
        }
        else
        {
            operand = Use(inst.Args[1]);
        }

        (int address, int byteOffset, object? request, StackPlace? where) = Address(inst);
        Emit(op, address, operand, byteOffset, 0, request, where);
    }

    private void SelectCall(Inst inst)
    {
        // Values first, then what is remade: the argument registers are live as briefly as can be.
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                if (IsRemade(inst.Args[i]) == (pass == 1))
                {
                    Materialise(inst.Args[i], i + 1);
                }
            }
        }

        Emit(new MachineInst
        {
            Kind = MachineKind.Call,
            Op = inst.Op switch
            {
                IrOp.CallHelper => Op.CallHelper,
                IrOp.CallKfunc => Op.CallKfunc,
                _ => Op.CallLocal,
            },
            Imm = inst.Imm,
            Arguments = inst.Args.Count,
            Data = inst.Data,
            Source = _source,
        });
        if (_uses.ContainsKey(inst))
        {
            Copy(RegisterOf(inst), 0);
        }
    }

    private void SelectBranch(Inst inst)
    {
        (Inst a, Inst b) = (inst.Args[0], inst.Args[1]);
        Cond cond = inst.Cond;
        (Block yes, Block no) = (inst.Targets[0], inst.Targets[1]);
        if (cond == Cond.NotSet)
        {
            cond = Cond.Set;
            (yes, no) = (no, yes);
        }

        bool narrow = a.Type == IrType.I32 && Has32;
        bool immediate = FitsImmediate(b);
        if (_cpuLevel < 2 && cond is Cond.Ult or Cond.Ule or Cond.Slt or Cond.Sle)
        {
            if (immediate)
            {
                cond = cond.Negate();
                (yes, no) = (no, yes);
            }
            else
            {
                cond = cond.Swap();
                (a, b) = (b, a);
                immediate = FitsImmediate(b);
            }
        }

        int left = Use(a);
        int right = immediate ? -1 : Use(b);
        Emit(new MachineInst
        {
            Kind = MachineKind.Branch,
            Op = BranchOp(cond, narrow, immediate),
            Dst = left,
            Src = right,
            Imm = immediate ? (int)b.Imm : 0,
            Target = _blocks[yes],
            Otherwise = _blocks[no],
            Source = _source,
        });
    }

    public static Op BranchOp(Cond cond, bool narrow, bool immediate) => (cond, narrow, immediate) switch
    {
        (Cond.Eq, false, true) => Op.Jeq64Imm,
        (Cond.Eq, false, false) => Op.Jeq64Reg,
        (Cond.Eq, true, true) => Op.Jeq32Imm,
        (Cond.Eq, true, false) => Op.Jeq32Reg,
        (Cond.Ne, false, true) => Op.Jne64Imm,
        (Cond.Ne, false, false) => Op.Jne64Reg,
        (Cond.Ne, true, true) => Op.Jne32Imm,
        (Cond.Ne, true, false) => Op.Jne32Reg,
        (Cond.Ult, false, true) => Op.Jlt64Imm,
        (Cond.Ult, false, false) => Op.Jlt64Reg,
        (Cond.Ult, true, true) => Op.Jlt32Imm,
        (Cond.Ult, true, false) => Op.Jlt32Reg,
        (Cond.Ule, false, true) => Op.Jle64Imm,
        (Cond.Ule, false, false) => Op.Jle64Reg,
        (Cond.Ule, true, true) => Op.Jle32Imm,
        (Cond.Ule, true, false) => Op.Jle32Reg,
        (Cond.Ugt, false, true) => Op.Jgt64Imm,
        (Cond.Ugt, false, false) => Op.Jgt64Reg,
        (Cond.Ugt, true, true) => Op.Jgt32Imm,
        (Cond.Ugt, true, false) => Op.Jgt32Reg,
        (Cond.Uge, false, true) => Op.Jge64Imm,
        (Cond.Uge, false, false) => Op.Jge64Reg,
        (Cond.Uge, true, true) => Op.Jge32Imm,
        (Cond.Uge, true, false) => Op.Jge32Reg,
        (Cond.Slt, false, true) => Op.Jslt64Imm,
        (Cond.Slt, false, false) => Op.Jslt64Reg,
        (Cond.Slt, true, true) => Op.Jslt32Imm,
        (Cond.Slt, true, false) => Op.Jslt32Reg,
        (Cond.Sle, false, true) => Op.Jsle64Imm,
        (Cond.Sle, false, false) => Op.Jsle64Reg,
        (Cond.Sle, true, true) => Op.Jsle32Imm,
        (Cond.Sle, true, false) => Op.Jsle32Reg,
        (Cond.Sgt, false, true) => Op.Jsgt64Imm,
        (Cond.Sgt, false, false) => Op.Jsgt64Reg,
        (Cond.Sgt, true, true) => Op.Jsgt32Imm,
        (Cond.Sgt, true, false) => Op.Jsgt32Reg,
        (Cond.Sge, false, true) => Op.Jsge64Imm,
        (Cond.Sge, false, false) => Op.Jsge64Reg,
        (Cond.Sge, true, true) => Op.Jsge32Imm,
        (Cond.Sge, true, false) => Op.Jsge32Reg,
        (_, false, true) => Op.Jset64Imm,
        (_, false, false) => Op.Jset64Reg,
        (_, true, true) => Op.Jset32Imm,
        (_, true, false) => Op.Jset32Reg,
    };

    private void SelectReturn(Inst inst)
    {
        if (inst.Args.Count > 0)
        {
            Inst value = inst.Args[0];
            if (value.IsConst)
            {
                // Sign-extended: right for hooks that look at 32 bits and for those that look at 64.
                LoadConstant(0, value.Type == IrType.I32 ? (int)value.Imm : value.Imm, IrType.I64);
            }
            else
            {
                Materialise(value, 0);
                if (_function.IsMain && value.Type == IrType.I32 && !IsZeroAbove(value))
                {
                    Emit(Op.Mov32Reg, 0, 0);
                }
            }
        }
        else
        {
            LoadConstant(0, 0, IrType.I64);
        }

        Emit(new MachineInst { Kind = MachineKind.Exit, Source = _source });
    }

    /// <summary>The functions and requests an instruction refers to, for the emitter.</summary>
    public static bool IsFunctionReference(MachineInst inst) => inst.Data is Function or CallbackKey;
}
