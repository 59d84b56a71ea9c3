using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;
using BpfSharp.Compiler.Passes;
using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>Chooses instructions: IR to machine instructions over virtual registers.</summary>
internal sealed partial class Selector
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
