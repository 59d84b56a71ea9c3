using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Pruning;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>
/// Open-coded iterators. The state lies in the spilled register of the lowest slot: kind in Object, active or drained in Extra,
/// rounds in Offset, whether it is the first slot in Frame.
/// </remarks>
internal sealed partial class PathWalker
{
    private const int IteratorActive = 1;
    private const int IteratorDrained = 2;

    private void CheckIterator(string argument, KfuncInfo info, BtfType type, in RegisterState value, ref KfuncFacts facts)
    {
        RequireArgument(argument, value, value.Kind == RegisterKind.Stack, "an iterator on the stack");
        if (!value.Range.IsConst)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: an iterator must lie at a constant stack offset");
        }

        int at = value.Offset + (int)value.Range.ConstValue;
        int slots = (type.Size + 7) / 8;
        if (at % 8 != 0 || at > -slots * 8 || at < -StackLimit)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: an iterator cannot lie at r10{at:+0;-0;+0}");
        }

        FrameState frame = FrameOf(value);
        int lowest = SlotOf(at);
        facts.IteratorFrame = frame;
        facts.IteratorSlot = lowest;
        if (info.Has(KfuncTraits.IteratorNew))
        {
            StackBounds(value, 0, slots * 8, writes: true);
            frame.GrowStack(lowest + 1);
            for (int s = lowest; s > lowest - slots; s--)
            {
                if (frame.Stack[s].IsSpecial && frame.Stack[s][0] != SlotByte.Dynptr)
                {
                    throw Reject(FindingIds.Protocol, $"{argument}: an iterator is there already", "destroy it first");
                }
            }

            return;
        }

        for (int s = lowest; s > lowest - slots; s--)
        {
            bool isFirst = s == lowest;
            if (s >= frame.StackSlots || frame.Stack[s].Bytes != StackSlot.All(SlotByte.Iterator)
                || frame.Stack[s].Spilled.Object != type.Id || frame.Stack[s].Spilled.Frame != (isFirst ? 1 : 0))
            {
                throw Reject(FindingIds.Protocol, $"{argument} is not a begun {type.Name}", "begin it with its _new function");
            }
        }

        if (frame.Stack[lowest].Spilled.Is(RegisterFlags.Untrusted))
        {
            throw Reject(FindingIds.Protocol, $"{argument}: its RCU section is over", "use the iterator inside one RCU section");
        }
    }

    private void MakeIterator(BtfType prototype, KfuncInfo info, in KfuncFacts facts)
    {
        BtfFile types = prototype.File;
        BtfType type = types.SkipModifiers(types.SkipModifiers(prototype.Parameters[0].TypeId).TypeId);
        FrameState frame = facts.IteratorFrame!;
        int slots = (type.Size + 7) / 8;
        int reference = AcquireReference();
        for (int s = facts.IteratorSlot; s > facts.IteratorSlot - slots; s--)
        {
            DestroyDynptrAt(frame, s);
            ref StackSlot slot = ref frame.Stack[s];
            slot.Bytes = StackSlot.All(SlotByte.Iterator);
            slot.Spilled = RegisterState.Pointer(RegisterKind.Memory);
            slot.Spilled.Object = type.Id;
            slot.Spilled.Frame = (byte)(s == facts.IteratorSlot ? 1 : 0);
            slot.Spilled.Extra = IteratorActive;
            slot.Spilled.RefId = s == facts.IteratorSlot ? reference : 0;
            if (info.Has(KfuncTraits.NeedsRcu))
            {
                slot.Spilled.Flags = _state.Sleepable && _state.RcuDepth == 0 ? RegisterFlags.Untrusted : RegisterFlags.Rcu;
            }
        }
    }

    private void EndIterator(in KfuncFacts facts)
    {
        FrameState frame = facts.IteratorFrame!;
        RegisterState state = frame.Stack[facts.IteratorSlot].Spilled;
        if (!_state.RemoveReference(ReferenceKind.Pointer, state.RefId))
        {
            throw Reject(FindingIds.Reference, "the iterator is not held");
        }

        InvalidateReference(state.RefId);
        for (int s = facts.IteratorSlot; s >= 0 && frame.Stack[s][0] == SlotByte.Iterator; s--)
        {
            if (s != facts.IteratorSlot && frame.Stack[s].Spilled.Frame == 1)
            {
                break;
            }

            frame.Stack[s] = default;
        }
    }

    /// <summary>Forks: one path with an element, one (the path at hand, later) without.</summary>
    private void StepIterator(in KfuncFacts facts)
    {
        FrameState frame = facts.IteratorFrame!;
        ref RegisterState state = ref frame.Stack[facts.IteratorSlot].Spilled;
        if (state.Extra == IteratorDrained)
        {
            return;
        }

        // The path without an element stands behind the call with null and a drained iterator.
        PathState active = Fork(_slot + 1);
        FrameState holder = active[frame.Number];
        holder.Stack[facts.IteratorSlot].Spilled.Offset++;
        FrameState current = active.Current;
        RegisterState element = IteratorElement(facts);
        for (int r = 0; r <= 5; r++)
        {
            current.Registers[r] = RegisterState.NotInit;
        }

        element.Flags &= ~RegisterFlags.MaybeNull;
        element.Id = 0;
        element.Origin = _slot;
        current.Registers[0] = element;
        if (_state.Parent is { } saved && _saved.FindPreviousEntry(saved, _slot) is { } previous)
        {
            StateComparer.Widen(previous, active);
        }

        state.Extra = IteratorDrained;
    }

    private RegisterState IteratorElement(in KfuncFacts facts)
    {
        ref readonly DecodedInstruction insn = ref _code.Instructions[_slot];
        string name = _program.KfuncName(insn);
        KfuncInfo info = KfuncTable.Find(name)!;
        BtfType prototype = PrototypeOf(insn, name);
        BtfType target = prototype.File.SkipModifiers(prototype.File.SkipModifiers(prototype.TypeId).TypeId);
        return SpecialResult(name, target, info, facts);
    }

    /// <summary>Whether the iterator in r1 may still give elements.</summary>
    private bool IsIteratorActive()
    {
        ref RegisterState pointer = ref _frame.Registers[1];
        if (pointer.Kind != RegisterKind.Stack || !pointer.Range.IsConst)
        {
            return false;
        }

        FrameState frame = FrameOf(pointer);
        int slot = SlotOf(pointer.Offset + (int)pointer.Range.ConstValue);
        return slot < frame.StackSlots && frame.Stack[slot][0] == SlotByte.Iterator && frame.Stack[slot].Spilled.Extra == IteratorActive;
    }

    private void CheckIrqFlag(string argument, string name, in RegisterState value, ref KfuncFacts facts)
    {
        RequireArgument(argument, value, value.Kind == RegisterKind.Stack, "saved interrupt flags on the stack");
        int at = value.Offset + (int)value.Range.ConstValue;
        if (!value.Range.IsConst || at % 8 != 0 || at > -8 || at < -StackLimit)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: saved interrupt flags need an aligned stack slot of 8 bytes");
        }

        FrameState frame = FrameOf(value);
        int slot = SlotOf(at);
        frame.GrowStack(slot + 1);
        bool saves = name is "bpf_local_irq_save" or "bpf_res_spin_lock_irqsave";
        bool isSaved = frame.Stack[slot].Bytes == StackSlot.All(SlotByte.IrqFlag);
        if (saves ? frame.Stack[slot].IsSpecial : !isSaved)
        {
            throw Reject(FindingIds.Protocol, saves ? $"{argument} must be unused" : $"{argument} does not hold saved interrupt flags");
        }

        if (isSaved && frame.Stack[slot].Spilled.Object != (name == "bpf_local_irq_restore" ? 1 : 2))
        {
            throw Reject(FindingIds.Section, $"{argument}: the flags were saved by another kind of function");
        }

        facts.IrqFrame = frame;
        facts.IrqSlot = slot;
    }

    private void ToggleIrq(string name, in KfuncFacts facts)
    {
        ref StackSlot slot = ref facts.IrqFrame!.Stack[facts.IrqSlot];
        bool isNative = name is "bpf_local_irq_save" or "bpf_local_irq_restore";
        if (name is "bpf_local_irq_save" or "bpf_res_spin_lock_irqsave")
        {
            int id = NextId();
            _state.AddReference(new Reference(ReferenceKind.Irq, id, _slot, _state.ActiveIrq));
            _state.ActiveIrq = id;
            slot.Bytes = StackSlot.All(SlotByte.IrqFlag);
            slot.Spilled = RegisterState.Pointer(RegisterKind.Memory);
            slot.Spilled.RefId = id;
            slot.Spilled.Object = isNative ? 1 : 2;
            return;
        }

        int saved = slot.Spilled.RefId;
        if (saved != _state.ActiveIrq)
        {
            throw Reject(FindingIds.Section, "interrupt flags are restored out of order", "restore in the reverse order of saving");
        }

        for (int i = 0; i < _state.ReferenceCount; i++)
        {
            if (_state.References[i].Kind == ReferenceKind.Irq && _state.References[i].Id == saved)
            {
                _state.ActiveIrq = _state.References[i].Object;
            }
        }

        _state.RemoveReference(ReferenceKind.Irq, saved);
        slot = default;
    }

    private void FinishResilientLock(string name, in KfuncFacts facts)
    {
        bool locks = name is "bpf_res_spin_lock" or "bpf_res_spin_lock_irqsave";
        RegisterState field = facts.Field;
        if (!locks)
        {
            ProcessSpinLock(false, field, SpecialFieldKind.ResilientSpinLock, facts.IrqFrame is not null);
            if (facts.IrqFrame is not null)
            {
                ToggleIrq(name, facts);
            }

            ClearCallerSaved(_frame);
            return;
        }

        // It may fail: then nothing is held and the result is an error.
        PathState failed = Fork(_slot + 1);
        ClearCallerSaved(failed.Current);
        failed.Current.Registers[0] = RegisterState.Number(Domains.ScalarRange.Signed(-MaxErrno, -1));
        ProcessSpinLock(true, field, SpecialFieldKind.ResilientSpinLock, facts.IrqFrame is not null);
        if (facts.IrqFrame is not null)
        {
            ToggleIrq(name, facts);
        }

        ClearCallerSaved(_frame);
        Reg(Register.R0) = RegisterState.Const(0);
    }
}
