using BpfSharp.Hooks;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>A dynptr takes two stack slots; the state of both lies in their spilled registers: kind in Object, whether it is the lower one in Frame.</remarks>
internal sealed partial class PathWalker
{
    private void CheckDynptrArgument(
        HelperInfo helper, int index, in RegisterState value, HelperArgumentTraits traits, ref CallFacts facts)
    {
        string argument = Argument(helper, index);
        bool makes = (traits & HelperArgumentTraits.Writes) != 0;
        bool wantsRing = (traits & HelperArgumentTraits.RingDynptr) != 0;
        bool releases = (traits & HelperArgumentTraits.Releases) != 0;
        if (value.Kind == RegisterKind.Dynptr)
        {
            if (makes || releases)
            {
                throw Reject(FindingIds.Protocol, $"{argument} is the callback's dynptr, which may neither be made nor released");
            }

            facts.DynptrId = value.Id;
            facts.SlicedDynptr = value;
            return;
        }

        if (value.Kind != RegisterKind.Stack)
        {
            throw Reject(FindingIds.Argument, $"{argument} is {Describe(value)}; a dynptr on the stack is expected");
        }

        if (makes)
        {
            (FrameState frame, int slot) = NewDynptrPlace(argument, value);
            facts.NewDynptrFrame = frame;
            facts.NewDynptrSlot = slot;
            facts.NewDynptrIsRing = wantsRing;
            return;
        }

        (FrameState owner, int lower) = FindDynptr(argument, value);
        ref RegisterState dynptr = ref owner.Stack[lower].Spilled;
        DynptrKind kind = (DynptrKind)dynptr.Object;
        if (wantsRing && kind != DynptrKind.Ring)
        {
            throw Reject(FindingIds.Protocol, $"{argument} must be a dynptr over a ring buffer record; it is over {kind}");
        }

        facts.DynptrId = dynptr.Id;
        facts.SlicedDynptr = dynptr;
        if (dynptr.RefId != 0)
        {
            facts.ReferenceId = dynptr.RefId;
        }
    }

    /// <summary>The two free slots a new dynptr will take; the higher address is slot - 1.</summary>
    private (FrameState Frame, int Slot) NewDynptrPlace(string argument, in RegisterState pointer)
    {
        if (!pointer.Range.IsConst)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: a dynptr must lie at a constant stack offset");
        }

        int at = pointer.Offset + (int)pointer.Range.ConstValue;
        if (at % 8 != 0 || at > -16 || at < -StackLimit)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: a dynptr cannot lie at r10{at:+0;-0;+0}", "give it 16 bytes of aligned stack");
        }

        FrameState frame = FrameOf(pointer);
        int lower = SlotOf(at);
        frame.GrowStack(lower + 1);
        for (int s = lower - 1; s <= lower; s++)
        {
            if (frame.Stack[s][0] == SlotByte.Dynptr && (frame.Stack[s].Spilled.RefId != 0 || s == lower - 1 || true))
            {
                if (frame.Stack[s].Spilled.RefId != 0)
                {
                    throw Reject(FindingIds.Protocol, $"{argument}: a dynptr that still holds a record would be overwritten");
                }
            }
            else if (frame.Stack[s][0] is SlotByte.Iterator or SlotByte.IrqFlag)
            {
                throw Reject(FindingIds.Protocol, $"{argument}: an iterator or saved flags would be overwritten");
            }
        }

        return (frame, lower);
    }

    /// <summary>The lower slot of an initialised dynptr.</summary>
    private (FrameState Frame, int Slot) FindDynptr(string argument, in RegisterState pointer)
    {
        if (!pointer.Range.IsConst)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: a dynptr must lie at a constant stack offset");
        }

        int at = pointer.Offset + (int)pointer.Range.ConstValue;
        FrameState frame = FrameOf(pointer);
        int lower = at < 0 ? SlotOf(at) : -1;
        if (at % 8 != 0 || at > -16 || lower >= frame.StackSlots || lower < 1
            || frame.Stack[lower][0] != SlotByte.Dynptr || frame.Stack[lower].Spilled.Frame != 1
            || frame.Stack[lower - 1][0] != SlotByte.Dynptr || frame.Stack[lower - 1].Spilled.Frame != 0)
        {
            throw Reject(FindingIds.Protocol, $"{argument} is not an initialised dynptr", "make it first, and check that making it succeeded where it can fail");
        }

        return (frame, lower);
    }

    private void MakeDynptr(FrameState frame, in CallFacts facts)
    {
        int lower = facts.NewDynptrSlot;
        DestroyDynptrAt(frame, lower);
        DestroyDynptrAt(frame, lower - 1);
        RegisterState state = RegisterState.Pointer(RegisterKind.Dynptr);
        state.Object = (int)(facts.NewDynptrIsRing ? DynptrKind.Ring : DynptrKind.Local);
        state.Id = NextId();
        if (facts.NewDynptrIsRing)
        {
            state.RefId = AcquireReference();
        }

        PlaceDynptr(frame, lower, state);
    }

    private static void PlaceDynptr(FrameState frame, int lower, RegisterState state)
    {
        for (int s = lower - 1; s <= lower; s++)
        {
            ref StackSlot slot = ref frame.Stack[s];
            slot.Bytes = StackSlot.All(SlotByte.Dynptr);
            slot.Spilled = state;
            slot.Spilled.Frame = (byte)(s == lower ? 1 : 0);
        }
    }

    private void ReleaseDynptr(in CallFacts facts)
    {
        int reference = facts.SlicedDynptr.RefId;
        if (reference == 0 || !_state.RemoveReference(ReferenceKind.Pointer, reference))
        {
            throw Reject(FindingIds.Reference, "the dynptr holds no record to release", "release it once only");
        }

        // All dynptrs and slices over the record end with it.
        for (int f = 0; f < _state.Depth; f++)
        {
            FrameState frame = _state[f];
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s][0] == SlotByte.Dynptr && frame.Stack[s].Spilled.RefId == reference)
                {
                    InvalidateSlices(frame.Stack[s].Spilled.Id);
                    frame.Stack[s] = default;
                }
            }
        }

        InvalidateReference(reference);
    }

    private void InvalidateSlices(int id)
    {
        bool leaks = _program.AllowPointerLeaks;
        ForEachRegister(_state, (ref RegisterState register) =>
        {
            if (register.Kind is RegisterKind.Memory && register.RefId == id)
            {
                register = leaks ? RegisterState.UnknownScalar : RegisterState.NotInit;
            }
        });
    }

    /// <summary>A write into a dynptr's slot ends the dynptr.</summary>
    private void DestroyDynptrAt(FrameState frame, int index)
    {
        if (index >= frame.StackSlots)
        {
            return;
        }

        SlotByte kind = frame.Stack[index][0];
        if (kind is SlotByte.Iterator or SlotByte.IrqFlag)
        {
            // The kernel lets data overwrite an iterator; its reference then can never be given back and is found at exit.
            frame.Stack[index] = default;
            return;
        }

        if (kind != SlotByte.Dynptr)
        {
            return;
        }

        RegisterState dynptr = frame.Stack[index].Spilled;
        if (dynptr.RefId != 0)
        {
            bool lastCopy = true;
            int other = dynptr.Frame == 1 ? index - 1 : index + 1;
            for (int s = 0; s < frame.StackSlots; s++)
            {
                lastCopy &= s == index || s == other || frame.Stack[s][0] != SlotByte.Dynptr || frame.Stack[s].Spilled.RefId != dynptr.RefId;
            }

            if (lastCopy)
            {
                throw Reject(FindingIds.Protocol, "a dynptr that still holds a record is overwritten", "submit or discard it first");
            }
        }

        int partner = dynptr.Frame == 1 ? index - 1 : index + 1;
        frame.Stack[index] = default;
        if (partner >= 0 && partner < frame.StackSlots)
        {
            frame.Stack[partner] = default;
        }

        InvalidateSlices(dynptr.Id);
    }

    private void CheckKfuncDynptr(string argument, in RegisterState value, bool uninit, ref KfuncFacts facts)
    {
        if (value.Kind == RegisterKind.Dynptr)
        {
            if (uninit)
            {
                throw Reject(FindingIds.Protocol, $"{argument} is the callback's dynptr, which may not be made");
            }

            facts.Dynptr = value;
            return;
        }

        RequireArgument(argument, value, value.Kind == RegisterKind.Stack, "a dynptr on the stack");
        if (uninit)
        {
            (facts.NewDynptrFrame, facts.NewDynptrSlot) = NewDynptrPlace(argument, value);
            return;
        }

        (FrameState frame, int slot) = FindDynptr(argument, value);
        facts.Dynptr = frame.Stack[slot].Spilled;
    }

    private void MakeKfuncDynptr(string name, FrameState frame, in KfuncFacts facts)
    {
        int lower = facts.NewDynptrSlot;
        DestroyDynptrAt(frame, lower);
        DestroyDynptrAt(frame, lower - 1);
        RegisterState state = RegisterState.Pointer(RegisterKind.Dynptr);
        state.Id = NextId();
        switch (name)
        {
            case "bpf_dynptr_from_skb":
                state.Object = (int)DynptrKind.SocketBuffer;
                break;
            case "bpf_dynptr_from_skb_meta":
                state.Object = (int)DynptrKind.SocketBufferMeta;
                break;
            case "bpf_dynptr_from_xdp":
                state.Object = (int)DynptrKind.Xdp;
                break;
            case "bpf_dynptr_clone":
                state.Object = facts.Dynptr.Object;
                state.RefId = facts.Dynptr.RefId;
                state.Flags = facts.Dynptr.Flags;
                break;
            default:
                throw new NotModelledException(_slot, $"the dynptr {name} makes");
        }

        PlaceDynptr(frame, lower, state);
    }
}
