using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

/// <summary>What is known before each instruction of a function: where pointers come from, which numbers are constant.</summary>
/// <remarks>
/// Checked mode relies on it for safety: a fact must hold on every path, also of a hostile program. So whatever could
/// write a stack slot unseen (a pointer of unknown origin, a callee, a helper's result) makes the tracked slots unknown.
/// </remarks>
internal sealed unsafe class FunctionFacts
{
    private const int Registers = 11;
    private const int RingReserve = 131;
    private const int RingSubmit = 132;
    private const int RingDiscard = 133;

    private readonly RuntimeProgram _program;
    private readonly FunctionFlow _flow;
    private readonly Code* _code;
    // Index in a state of each tracked stack slot, by offset; 0 where none is tracked.
    private readonly byte[] _slots = new byte[RunContext.FrameBytes + 8];
    private readonly int _slotCount;
    private readonly Dictionary<long, int> _mapsByHandle;
    private Value[]?[] _before = [];

    /// <summary>Prepares the analysis of a function.</summary>
    public FunctionFacts(RuntimeProgram program, Code* code, int length, FunctionFlow flow, Dictionary<long, int> mapsByHandle)
    {
        _program = program;
        _flow = flow;
        _code = code;
        _mapsByHandle = mapsByHandle;
        Base = new Value[length];
        Second = new Value[length];
        Upper0 = new ushort[length];
        for (int i = 0; i < length; i++)
        {
            if (code[i].Op == Op.Store64Reg && code[i].Dst == 10 && code[i].Offset is >= -RunContext.FrameBytes and <= -8
                && SlotAt(code[i].Offset) == 0 && _slotCount < 64)
            {
                _slots[-code[i].Offset] = (byte)(Registers + _slotCount++);
            }
        }
    }

    /// <summary>For an access, the pointer; for a call, its first argument.</summary>
    public Value[] Base { get; }

    /// <summary>For a call, its second argument.</summary>
    public Value[] Second { get; }

    /// <summary>Registers whose upper 32 bits are zero before each instruction; a register is a bit.</summary>
    public ushort[] Upper0 { get; }

    /// <summary>Whether the address of this frame may be known where this analysis cannot follow it.</summary>
    public bool StackEscapes { get; private set; }

    /// <summary>What a local call passes, by the index of the call.</summary>
    public Dictionary<int, Value[]> Calls { get; } = [];

    /// <summary>Runs the analysis.</summary>
    /// <param name="arguments">What r1 to r5 hold at the start.</param>
    public void Analyse(ReadOnlySpan<Value> arguments)
    {
        _before = new Value[]?[_flow.Starts.Length];
        Value[] entry = new Value[Registers + _slotCount];
        arguments.CopyTo(entry.AsSpan(1));
        entry[0] = entry[6] = entry[7] = entry[8] = entry[9] = Value.Constant(0);
        entry[10] = new Value(ValueKind.Stack, ValueTraits.Offset);
        _before[0] = entry;
        bool[] queued = new bool[_flow.Starts.Length];
        PriorityQueue<int, int> work = new();
        work.Enqueue(0, 0);
        while (work.TryDequeue(out int block, out _))
        {
            queued[block] = false;
            Value[] state = (Value[])_before[block]!.Clone();
            int last = Walk(block, state, record: false);
            (int falls, int jumps) = FunctionFlow.Successors(new ReadOnlySpan<Code>(_code, Base.Length), last);
            if (falls >= 0 && Merge(_flow.BlockAt[falls], Refine(state, last, jumped: false)))
            {
                Push(_flow.BlockAt[falls]);
            }

            if (jumps >= 0 && Merge(_flow.BlockAt[jumps], Refine(state, last, jumped: true)))
            {
                Push(_flow.BlockAt[jumps]);
            }
        }

        for (int block = 0; block < _flow.Starts.Length; block++)
        {
            if (_before[block] is { } before)
            {
                Walk(block, (Value[])before.Clone(), record: true);
            }
        }

        void Push(int block)
        {
            if (!queued[block])
            {
                queued[block] = true;
                work.Enqueue(block, block);
            }
        }
    }

    private int Walk(int block, Value[] state, bool record)
    {
        int last = _flow.Starts[block];
        for (int i = last; i < _flow.Ends[block]; i += _code[i].Op == Op.LoadImm64 ? 2 : 1)
        {
            if (record)
            {
                Record(i, state);
            }

            Step(i, state);
            last = i;
        }

        return last;
    }

    private void Record(int index, Value[] state)
    {
        ref Code i = ref _code[index];
        int mask = 0;
        for (int r = 0; r < 10; r++)
        {
            if (state[r].HasUpper0)
            {
                mask |= 1 << r;
            }
        }

        Upper0[index] = (ushort)mask;
        OpKind kind = i.Op == Op.Invalid ? OpKind.Exit : OpcodeTable.Get(i.Op).Kind;
        switch (kind)
        {
            case OpKind.Load:
            case OpKind.LoadAcquire:
                Base[index] = state[i.Src];
                break;
            case OpKind.Store:
            case OpKind.StoreRelease:
            case OpKind.Atomic:
                Base[index] = state[i.Dst];
                if (OpcodeTable.Get(i.Op).Operand == Operand.Reg && state[i.Src].Kind == ValueKind.Stack)
                {
                    StackEscapes = true;
                }

                break;
            case OpKind.Call:
                Base[index] = state[1];
                Second[index] = state[2];
                if (i.Op == Op.CallLocal)
                {
                    Calls[index] = state[1..6];
                }

                // The key of a lookup is only read, and only as long as the map's key is; everything else may keep the address.
                bool lookup = IsLookup(index);
                for (int r = 1; r <= 5; r++)
                {
                    StackEscapes |= state[r].Kind == ValueKind.Stack && !(lookup && (r > 2 || state[r].HasOffset))
                        && (Reads(i) & (1 << r)) != 0;
                }

                break;
            case OpKind.Alu:
                // Anything but moving and adding constants hides the address from this analysis.
                bool moves = i.Op is Op.Mov64Reg or Op.Add64Imm or Op.Add64Reg or Op.Sub64Imm or Op.Sub64Reg;
                StackEscapes |= !moves && ((Reads(i) & (1 << i.Dst)) != 0 && state[i.Dst].Kind == ValueKind.Stack);
                StackEscapes |= !moves && OpcodeTable.Get(i.Op).Operand == Operand.Reg && state[i.Src].Kind == ValueKind.Stack;
                StackEscapes |= i.Op is Op.Add64Reg or Op.Sub64Reg
                    && ((state[i.Src].Kind == ValueKind.Stack)
                        || (state[i.Dst].Kind == ValueKind.Stack && !(state[i.Src].Kind == ValueKind.Constant)));
                break;
            case OpKind.Exit:
                StackEscapes |= state[0].Kind == ValueKind.Stack;
                break;
            case OpKind.Endian:
            case OpKind.AddressSpaceCast:
            case OpKind.LoadImmediate64:
            case OpKind.LegacyPacket:
            case OpKind.Jump:
            case OpKind.ConditionalJump:
            case OpKind.MayGoto:
            case OpKind.IndirectJump:
            default:
                break;
        }
    }

    private static int Reads(in Code i) => RegisterUse.Reads(i, 5);

    /// <summary>Whether a call is <c>map_lookup_elem</c> on a map known when compiling.</summary>
    public bool IsLookup(int index)
        => Base[index].Kind == ValueKind.Map && RegisterUse.Helper(_code[index])?.Id == 1;

    /// <summary>The map a call's first argument is.</summary>
    public RuntimeMap Map(int index) => _program.Object.Maps[Base[index].Info]!;

    private void Step(int index, Value[] s)
    {
        ref Code i = ref _code[index];
        if (i.Op == Op.Invalid)
        {
            return;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(i.Op);
        switch (row.Kind)
        {
            case OpKind.Alu:
                s[i.Dst] = Arithmetic(i, row, s);
                break;
            case OpKind.Endian:
                s[i.Dst] = row.Width == 64 ? Value.Unknown : Value.Small;
                break;
            case OpKind.AddressSpaceCast:
                s[i.Dst] = Value.Unknown;
                break;
            case OpKind.Load:
            case OpKind.LoadAcquire:
                s[i.Dst] = row.Operation == Operation.LoadSx ? Value.Unknown : row.Width == 64 ? Loaded(i, s) : Value.Small;
                break;
            case OpKind.Store:
            case OpKind.StoreRelease:
                Store(s, s[i.Dst], i.Offset, row.Width / 8, i.Op == Op.Store64Reg ? s[i.Src] : Value.Unknown);
                break;
            case OpKind.Atomic:
                Store(s, s[i.Dst], i.Offset, row.Width / 8, Value.Unknown);
                if (row.Operation == Operation.Cmpxchg)
                {
                    s[0] = row.Width == 32 ? Value.Small : Value.Unknown;
                }
                else if (row.Fetches)
                {
                    s[i.Src] = row.Width == 32 ? Value.Small : Value.Unknown;
                }

                break;
            case OpKind.LoadImmediate64:
                s[i.Dst] = _mapsByHandle.TryGetValue(i.Imm, out int map)
                    ? new Value(ValueKind.Map, ValueTraits.Offset, map, 0, i.Imm)
                    : Value.Constant(i.Imm, FindOwner(i.Imm));
                break;
            case OpKind.LegacyPacket:
                s[0] = Value.Small;
                break;
            case OpKind.Call:
                Call(index, i, s);
                break;
            case OpKind.Jump:
            case OpKind.ConditionalJump:
            case OpKind.MayGoto:
            case OpKind.IndirectJump:
            case OpKind.Exit:
            default:
                break;
        }
    }

    private static Value Arithmetic(in Code i, in OpcodeInfo row, Value[] s)
    {
        Value dst = s[i.Dst];
        Value operand = row.Operand == Operand.Imm ? Value.Constant(i.Imm) : row.Operand == Operand.Reg ? s[i.Src] : default;
        bool known = operand.Kind == ValueKind.Constant;
        if (row.Width == 32)
        {
            return row.Operation == Operation.Mov && known ? Value.Constant((uint)operand.Offset) : Value.Small;
        }

        switch (row.Operation)
        {
            case Operation.Mov:
                return operand;
            case Operation.Add:
                return known ? dst.Plus(operand.Offset)
                    : dst.Kind == ValueKind.Constant ? (dst.Info > 0 ? dst.PlusAnything() : operand.Plus(dst.Offset))
                    : IsPointer(operand) ? (IsPointer(dst) ? Value.Unknown : operand.PlusAnything())
                    : dst.PlusAnything();
            case Operation.Sub:
                return known ? dst.Plus(unchecked(-operand.Offset)) : IsPointer(operand) ? Value.Unknown : dst.PlusAnything();
            case Operation.And:
                return dst.HasUpper0 || (known && operand.HasUpper0) ? Value.Small : Value.Unknown;
            case Operation.Or:
            case Operation.Xor:
                return dst.HasUpper0 && operand.HasUpper0 ? Value.Small : Value.Unknown;
            case Operation.Rsh:
                return dst.HasUpper0 || (known && (operand.Offset & 63) >= 32) ? Value.Small : Value.Unknown;
            case Operation.Div:
            case Operation.Mod:
                return dst.HasUpper0 ? Value.Small : Value.Unknown;
            default:
                return Value.Unknown;
        }
    }

    private static bool IsPointer(Value v) => v.Kind is not (ValueKind.Unknown or ValueKind.Constant);

    private Value Loaded(in Code i, Value[] s)
    {
        Value pointer = s[i.Src].Plus(i.Offset);
        if (pointer is { Kind: ValueKind.Stack, HasOffset: true } && SlotAt(pointer.Offset) is > 0 and var slot)
        {
            return s[slot];
        }

        if (pointer is { Kind: ValueKind.Context, HasOffset: true })
        {
            foreach (WideField field in _program.Shape.WideFields)
            {
                if (field.NativeOffset == pointer.Offset && field.Role != WideFieldRole.Other)
                {
                    return new Value(ValueKind.Packet);
                }
            }
        }

        return Value.Unknown;
    }

    private void Store(Value[] s, Value pointer, int offset, int bytes, Value stored)
    {
        if (_slotCount == 0)
        {
            return;
        }

        switch (pointer.Kind)
        {
            case ValueKind.Stack:
                Value at = pointer.Plus(offset);
                if (!at.HasOffset)
                {
                    Array.Fill(s, Value.Unknown, Registers, _slotCount);
                    return;
                }

                for (long place = at.Offset - 7; place < at.Offset + bytes; place++)
                {
                    int slot = SlotAt(place);
                    if (slot > 0)
                    {
                        s[slot] = place == at.Offset && bytes == 8 ? stored : Value.Unknown;
                    }
                }

                break;
            case ValueKind.Context:
            case ValueKind.Packet:
            case ValueKind.Element:
            case ValueKind.Flat:
            case ValueKind.Record:
                break;
            case ValueKind.Unknown:
            case ValueKind.Constant:
            case ValueKind.Map:
            default:
                Array.Fill(s, Value.Unknown, Registers, _slotCount);
                break;
        }
    }

    private void Call(int index, in Code i, Value[] s)
    {
        HelperInfo? helper = RegisterUse.Helper(i);
        int site = index + 1;
        for (int k = 0; k < s.Length; k++)
        {
            // Values of an earlier round of this call are no longer what this call returns.
            if (s[k].IsCallResult && s[k].Site == site)
            {
                s[k] = s[k] with { Site = 0 };
            }
        }

        Value result = Value.Unknown;
        if (helper?.Id == 1 && s[1].Kind == ValueKind.Map && HasPlainValues(_program.Object.Maps[s[1].Info]!))
        {
            result = new Value(ValueKind.Element, ValueTraits.Offset, s[1].Info, site);
        }
        else if (helper?.Id == RingReserve && s[2].Kind == ValueKind.Constant && s[2].Offset is > 0 and < 1 << 28)
        {
            result = new Value(ValueKind.Record, ValueTraits.Offset, (int)s[2].Offset, site);
        }

        if (helper is null || helper.Id is RingSubmit or RingDiscard)
        {
            for (int k = 0; k < s.Length; k++)
            {
                s[k] = s[k].Kind == ValueKind.Record ? Value.Unknown : s[k];
            }
        }

        if (helper is null || !LeavesStack(helper))
        {
            Array.Fill(s, Value.Unknown, Registers, _slotCount);
        }

        s[0] = result;
        Array.Fill(s, Value.Unknown, 1, 5);
    }

    private static bool HasPlainValues(RuntimeMap map) => map.Spec.Type is BpfSharp.Maps.MapType.Array
        or BpfSharp.Maps.MapType.Hash or BpfSharp.Maps.MapType.PerCpuArray or BpfSharp.Maps.MapType.PerCpuHash
        or BpfSharp.Maps.MapType.LruHash or BpfSharp.Maps.MapType.LruPerCpuHash or BpfSharp.Maps.MapType.LpmTrie;

    // Helpers that write no memory of the program and call nothing of it.
    private static bool LeavesStack(HelperInfo helper)
    {
        if (helper.Has(HelperTraits.CallsBack))
        {
            return false;
        }

        foreach (HelperArgument argument in helper.Arguments)
        {
            if ((argument.Traits & HelperArgumentTraits.Writes) != 0
                || argument.Kind is HelperArgumentKind.Dynptr or HelperArgumentKind.Timer or HelperArgumentKind.SpinLock
                    or HelperArgumentKind.KptrSlot)
            {
                return false;
            }
        }

        return true;
    }

    private int SlotAt(long offset) => offset is >= -RunContext.FrameBytes and <= -8 ? _slots[-offset] : 0;

    private Value[] Refine(Value[] state, int last, bool jumped)
    {
        ref Code i = ref _code[last];
        bool nonNull = (i.Op == Op.Jeq64Imm && !jumped) || (i.Op == Op.Jne64Imm && jumped);
        if (!nonNull || i.Imm != 0 || state[i.Dst] is not { IsCallResult: true, Offset: 0 } pointer)
        {
            return state;
        }

        Value[] refined = (Value[])state.Clone();
        for (int k = 0; k < refined.Length; k++)
        {
            if (k == i.Dst || (refined[k].IsCallResult && refined[k].Site == pointer.Site && pointer.Site != 0))
            {
                refined[k] = refined[k] with { Traits = refined[k].Traits | ValueTraits.NonNull };
            }
        }

        return refined;
    }

    private bool Merge(int block, Value[] state)
    {
        if (_before[block] is not { } known)
        {
            Value[] copy = (Value[])state.Clone();
            for (int r = 0; r < 10; r++)
            {
                if ((_flow.LiveIn[block] & (1 << r)) == 0)
                {
                    copy[r] = Value.Unknown;
                }
            }

            _before[block] = copy;
            return true;
        }

        bool changed = false;
        for (int k = 0; k < known.Length; k++)
        {
            if (k < 10 && (_flow.LiveIn[block] & (1 << k)) == 0)
            {
                continue;
            }

            Value joined = Value.Join(known[k], state[k]);
            if (joined != known[k])
            {
                StackEscapes |= (known[k].Kind == ValueKind.Stack || state[k].Kind == ValueKind.Stack)
                    && joined.Kind != ValueKind.Stack;
                known[k] = joined;
                changed = true;
            }
            else if (state[k].Kind == ValueKind.Stack && joined.Kind != ValueKind.Stack)
            {
                StackEscapes = true;
            }
        }

        return changed;
    }

    private int FindOwner(long address)
    {
        RuntimeMap?[] maps = _program.Object.Maps;
        for (int m = 0; m < maps.Length; m++)
        {
            if (maps[m] is { } map && (ulong)address > 4096 && map.Owns((byte*)address, 1))
            {
                return m;
            }
        }

        return -1;
    }
}
