using BpfSharp.Isa;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.State;
using BpfSharp.Verifier.Walk;

namespace BpfSharp.Verifier.Pruning;

/// <summary>
/// Walks a path backwards from a value that decided something, and marks in every saved state on the way the values it was
/// made of as precise: only those are compared when states are pruned.
/// </summary>
internal sealed class Backtracker(ProgramContext program)
{
    private const ushort Arguments = 0x3e;
    private readonly CodeMap _code = program.Code;
    private readonly ushort[] _registers = new ushort[PathState.MaxFrames];
    private readonly ulong[] _slots = new ulong[PathState.MaxFrames];
    private int _frame;

    /// <summary>Whether the last walk marked anything new.</summary>
    public bool Changed { get; private set; }

    /// <summary>Marks a register of the current frame.</summary>
    public void MarkRegister(PathState state, int slot, int register)
    {
        Begin(state);
        _registers[_frame] = (ushort)(1 << register);
        Walk(state, slot);
    }

    /// <summary>Marks a stack slot.</summary>
    public void MarkSlot(PathState state, int slot, int frame, int index)
    {
        Begin(state);
        _slots[frame] = 1UL << index;
        Walk(state, slot);
    }

    /// <summary>What was precise in a state that covers this one, must be in this one's past too.</summary>
    public void Propagate(PathState old, PathState now, int slot)
    {
        Begin(now);
        bool any = false;
        for (int f = 0; f < old.Depth; f++)
        {
            FrameState frame = old[f];
            for (int r = 0; r < 10; r++)
            {
                if (frame.Registers[r].Precise && frame.Registers[r].IsScalar)
                {
                    _registers[f] |= (ushort)(1 << r);
                    any = true;
                }
            }

            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill && frame.Stack[s].Spilled.Precise && frame.Stack[s].Spilled.IsScalar)
                {
                    _slots[f] |= 1UL << s;
                    any = true;
                }
            }
        }

        if (any)
        {
            Walk(now, slot);
        }
    }

    private void Begin(PathState state)
    {
        _registers.AsSpan().Clear();
        _slots.AsSpan().Clear();
        _frame = state.Depth - 1;
        Changed = false;
    }

    private bool IsEmpty
    {
        get
        {
            for (int f = 0; f < PathState.MaxFrames; f++)
            {
                if (_registers[f] != 0 || _slots[f] != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }

    private void Walk(PathState start, int slot)
    {
        PathState? state = start;
        int last = slot;
        int first = start.FirstSlot;
        int following = -1;
        bool skip = true;
        while (true)
        {
            if (last < 0)
            {
                // The start of a function that is walked by itself: its arguments are what they are.
                MarkArguments(state);
                return;
            }

            int history = state.History.Count;
            int at = last;
            while (true)
            {
                if (skip)
                {
                    skip = false;
                }
                else if (!StepBack(at, following, state.History, history))
                {
                    MarkAll(start);
                    return;
                }

                if (IsEmpty)
                {
                    return;
                }

                following = at;
                if (!TryPrevious(state, at, first, ref history, out at))
                {
                    break;
                }
            }

            PathState? parent = state.Parent;
            if (parent is null)
            {
                MarkAll(start);
                return;
            }

            state = parent;
            MarkIn(state);
            if (IsEmpty)
            {
                return;
            }

            following = first;
            last = state.LastSlot;
            first = state.FirstSlot;
        }
    }

    private void MarkArguments(PathState state)
    {
        for (int r = 0; r < 10; r++)
        {
            if ((_registers[0] >> r & 1) != 0 && state[0].Registers[r].IsScalar)
            {
                state[0].Registers[r].Precise = true;
            }
        }
    }

    /// <summary>Finds the instruction before one on the path that led into a state.</summary>
    private static bool TryPrevious(PathState state, int at, int first, ref int history, out int previous)
    {
        if (at == first)
        {
            if (history == 0 || (history == 1 && state.History[0].Slot == at))
            {
                previous = -1;
                return false;
            }
        }

        if (history > 0 && state.History[history - 1].Slot == at)
        {
            previous = state.History[history - 1].Previous;
            history--;
        }
        else
        {
            previous = at - 1;
        }

        return previous >= 0;
    }

    private void MarkIn(PathState state)
    {
        for (int f = 0; f <= _frame; f++)
        {
            if (f >= state.Depth)
            {
                _registers[f] = 0;
                _slots[f] = 0;
                continue;
            }

            FrameState frame = state[f];
            for (int r = 0; r < 10; r++)
            {
                if ((_registers[f] >> r & 1) == 0)
                {
                    continue;
                }

                ref RegisterState register = ref frame.Registers[r];
                if (register.Kind != RegisterKind.Scalar || register.Precise)
                {
                    _registers[f] &= (ushort)~(1 << r);
                }
                else
                {
                    register.Precise = true;
                    Changed = true;
                }
            }

            ulong slots = _slots[f];
            while (slots != 0)
            {
                int s = System.Numerics.BitOperations.TrailingZeroCount(slots);
                slots &= slots - 1;
                if (s >= frame.StackSlots || !frame.Stack[s].IsSpill || !frame.Stack[s].Spilled.IsScalar || frame.Stack[s].Spilled.Precise)
                {
                    _slots[f] &= ~(1UL << s);
                }
                else
                {
                    frame.Stack[s].Spilled.Precise = true;
                    Changed = true;
                }
            }
        }
    }

    /// <summary>When the way of a value cannot be followed, every number on the path counts.</summary>
    private void MarkAll(PathState start)
    {
        for (PathState? state = start.Parent; state is not null; state = state.Parent)
        {
            for (int f = 0; f < state.Depth; f++)
            {
                FrameState frame = state[f];
                foreach (ref RegisterState register in frame.Registers.AsSpan())
                {
                    if (register.IsScalar && !register.Precise)
                    {
                        register.Precise = true;
                        Changed = true;
                    }
                }

                foreach (ref StackSlot slot in frame.Stack.AsSpan(0, frame.StackSlots))
                {
                    if (slot.IsSpill && slot.Spilled.IsScalar && !slot.Spilled.Precise)
                    {
                        slot.Spilled.Precise = true;
                        Changed = true;
                    }
                }
            }
        }
    }

    private bool Has(Register register) => (_registers[_frame] >> (int)register & 1) != 0;

    private void Add(Register register) => _registers[_frame] |= (ushort)(1 << (int)register);

    private void Remove(Register register) => _registers[_frame] &= (ushort)~(1 << (int)register);

    private void SyncLinked(ulong packed)
    {
        LinkedSet linked = new(packed);
        bool any = false;
        for (int i = 0; i < linked.Count; i++)
        {
            (int f, int index, bool isRegister) = linked[i];
            any |= isRegister ? (_registers[f] >> index & 1) != 0 : (_slots[f] >> index & 1) != 0;
        }

        if (!any)
        {
            return;
        }

        for (int i = 0; i < linked.Count; i++)
        {
            (int f, int index, bool isRegister) = linked[i];
            if (isRegister)
            {
                _registers[f] |= (ushort)(1 << index);
            }
            else
            {
                _slots[f] |= 1UL << index;
            }
        }
    }

    /// <summary>Undoes one instruction: what is wanted after it becomes what it was made of.</summary>
    /// <returns><see langword="false"/> if the way cannot be followed.</returns>
    private bool StepBack(int at, int following, List<HistoryEntry> entries, int history)
    {
        if (_code.Has(at, SlotRoles.SecondSlot))
        {
            return true;
        }

        HistoryEntry entry = history > 0 && entries[history - 1].Slot == at ? entries[history - 1] : new(at, 0, -1, 0, 0);
        if (entry.Linked != 0)
        {
            SyncLinked(entry.Linked);
        }

        ref readonly DecodedInstruction insn = ref _code.Instructions[at];
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        switch (row.Kind)
        {
            case OpKind.Alu:
                BackAlu(insn, row);
                return true;
            case OpKind.AddressSpaceCast:
                Remove(insn.Dst);
                return true;
            case OpKind.Load or OpKind.LoadAcquire:
                if (Has(insn.Dst))
                {
                    Remove(insn.Dst);
                    if (entry.StackFrame >= 0)
                    {
                        _slots[entry.StackFrame] |= 1UL << entry.StackSlot;
                    }
                }

                return true;
            case OpKind.Store or OpKind.StoreRelease:
                return BackStore(insn, row, entry);
            case OpKind.Atomic:
                return BackAtomic(insn, row, entry);
            case OpKind.LoadImmediate64:
                Remove(insn.Dst);
                return true;
            case OpKind.LegacyPacket:
                // What it loads comes from the packet; only a number made of that cannot be followed further back.
                return !Has(Register.R0);
            case OpKind.ConditionalJump:
                if (row.Operand == Operand.Reg && (Has(insn.Dst) || Has(insn.Src)))
                {
                    Add(insn.Dst);
                    Add(insn.Src);
                }

                if (entry.Linked != 0)
                {
                    SyncLinked(entry.Linked);
                }

                return true;
            case OpKind.Call:
                return BackCall(insn, at, following);
            case OpKind.Exit:
                return BackExit(following);
            case OpKind.Endian or OpKind.Jump or OpKind.MayGoto or OpKind.IndirectJump:
            default:
                return true;
        }
    }

    private void BackAlu(in DecodedInstruction insn, in OpcodeInfo row)
    {
        if (!Has(insn.Dst))
        {
            return;
        }

        bool replaces = row.Operation is Operation.Mov or Operation.MovSx;
        if (replaces)
        {
            Remove(insn.Dst);
        }

        if (row.Operand == Operand.Reg && insn.Src != Register.R10)
        {
            Add(insn.Src);
        }
    }

    private bool BackStore(in DecodedInstruction insn, in OpcodeInfo row, in HistoryEntry entry)
    {
        if (Has(insn.Dst))
        {
            return false;
        }

        if (entry.StackFrame < 0)
        {
            return true;
        }

        ulong bit = 1UL << entry.StackSlot;
        if ((_slots[entry.StackFrame] & bit) == 0)
        {
            return true;
        }

        _slots[entry.StackFrame] &= ~bit;
        if (row.Operand == Operand.Reg)
        {
            Add(insn.Src);
        }

        return true;
    }

    /// <summary>A fetching atomic gives what lay there before: a number spilled to the stack keeps its range that way.</summary>
    private bool BackAtomic(in DecodedInstruction insn, in OpcodeInfo row, in HistoryEntry entry)
    {
        Register loaded = row.Operation == Operation.Cmpxchg ? Register.R0 : insn.Src;
        if (row.Fetches && Has(loaded))
        {
            Remove(loaded);
            if (entry.StackFrame >= 0)
            {
                _slots[entry.StackFrame] |= 1UL << entry.StackSlot;
            }
        }

        return !Has(insn.Dst);
    }

    private bool BackCall(in DecodedInstruction insn, int at, int following)
    {
        if (insn.Op == Op.CallLocal)
        {
            int callee = _code.FunctionOf[insn.CallTarget];
            if (_code.Functions[callee].IsGlobal)
            {
                Remove(Register.R0);
                return (_registers[_frame] & Arguments) == 0;
            }

            if (following >= 0 && _code.FunctionOf[following] == callee && following == insn.CallTarget && _frame > 0)
            {
                // Back out of the callee's start: its arguments are the caller's registers.
                ushort arguments = (ushort)(_registers[_frame] & Arguments);
                _registers[_frame] = 0;
                _slots[_frame] = 0;
                _frame--;
                _registers[_frame] |= arguments;
                return true;
            }

            return false;
        }

        if (_code.Has(at, SlotRoles.CallsBack) && following != at + 1 && _frame > 0 && following >= 0
            && _code.FunctionOf[following] != _code.FunctionOf[at])
        {
            // Back out of a callback's start: the helper made its arguments.
            if (_slots[_frame] != 0)
            {
                return false;
            }

            _registers[_frame] = 0;
            _frame--;
            return true;
        }

        Remove(Register.R0);
        return (_registers[_frame] & Arguments) == 0 || insn.Op == Op.CallKfunc;
    }

    private bool BackExit(int following)
    {
        bool intoCallback = following >= 0 && _code.Has(following, SlotRoles.CallsBack);
        if (intoCallback)
        {
            _registers[_frame] &= unchecked((ushort)~Arguments);
        }

        if ((_registers[_frame] & Arguments) != 0 || _frame + 1 >= PathState.MaxFrames)
        {
            return false;
        }

        bool wantsResult = following > 0 && _code.Instructions[following - 1].Op == Op.CallLocal && Has(Register.R0);
        Remove(Register.R0);
        _frame++;
        if (wantsResult)
        {
            Add(Register.R0);
        }

        return true;
    }
}
