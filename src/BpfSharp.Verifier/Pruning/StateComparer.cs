using BpfSharp.Verifier.ControlFlow;

using BpfSharp.Verifier.State;
using BpfSharp.Verifier.Walk;

namespace BpfSharp.Verifier.Pruning;

/// <summary>Decides whether a state was in effect seen before: then its paths need not be walked again.</summary>
internal sealed class StateComparer(ProgramContext program)
{
    private static readonly RegisterState s_unknown = RegisterState.UnknownScalar;
    private readonly IdMap _ids = new();

    /// <summary>
    /// Whether states whose numbers differ at all stay apart: a pointer was moved by a number without CAP_PERFMON, and each path
    /// must be seen to need the same mask.
    /// </summary>
    public bool KeepNumbersApart { get; set; }

    private bool AllowUninitStack => program.AllowPointerLeaks && program.Rules.UninitialisedStackReads;

    /// <summary>Whether everything that can happen from the new state was covered from the old one.</summary>
    public bool Covers(PathState old, PathState now, Exactness exactness)
    {
        // What holds where a processor only guesses says nothing of where it really goes.
        if (old.Speculative && !now.Speculative)
        {
            return false;
        }

        if (old.Depth != now.Depth || old.RcuDepth != now.RcuDepth || old.PreemptDepth != now.PreemptDepth
            || old.Sleepable != now.Sleepable || old.ActiveLocks != now.ActiveLocks || old.ReferenceCount != now.ReferenceCount)
        {
            return false;
        }

        _ids.Clear();
        if (!ReferencesMatch(old, now))
        {
            return false;
        }

        for (int f = 0; f < old.Depth; f++)
        {
            if (old[f].CallSite != now[f].CallSite || !FramesMatch(old[f], now[f], exactness))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Numbers that changed from one round of a loop to the next, and that nothing depends on yet, become unknown.</summary>
    public static void Widen(PathState old, PathState now)
    {
        for (int f = 0; f < old.Depth && f < now.Depth; f++)
        {
            FrameState before = old[f];
            FrameState after = now[f];
            for (int r = 0; r < 10; r++)
            {
                WidenRegister(before.Registers[r], ref after.Registers[r]);
            }

            int slots = Math.Min(before.StackSlots, after.StackSlots);
            for (int s = 0; s < slots; s++)
            {
                if (before.Stack[s].IsSpill && after.Stack[s].IsSpill)
                {
                    WidenRegister(before.Stack[s].Spilled, ref after.Stack[s].Spilled);
                }
            }
        }
    }

    private static void WidenRegister(in RegisterState old, ref RegisterState now)
    {
        if (old.Kind == RegisterKind.Scalar && now.Kind == RegisterKind.Scalar && !old.Precise && !now.Precise
            && !old.Range.Equals(now.Range))
        {
            int origin = now.Origin;
            now = RegisterState.UnknownScalar;
            now.Origin = origin;
        }
    }

    private bool ReferencesMatch(PathState old, PathState now)
    {
        if (!_ids.Match(old.ActiveIrq, now.ActiveIrq) || !_ids.Match(old.LockId, now.LockId) || old.LockObject != now.LockObject)
        {
            return false;
        }

        for (int i = 0; i < old.ReferenceCount; i++)
        {
            if (old.References[i].Kind != now.References[i].Kind || !_ids.Match(old.References[i].Id, now.References[i].Id)
                || old.References[i].Object != now.References[i].Object)
            {
                return false;
            }
        }

        return true;
    }

    private bool FramesMatch(FrameState old, FrameState now, Exactness exactness)
    {
        if (old.CallbackDepth > now.CallbackDepth)
        {
            return false;
        }

        for (int r = 0; r < FrameState.RegisterCount; r++)
        {
            if (!RegistersMatch(old.Registers[r], now.Registers[r], exactness))
            {
                return false;
            }
        }

        return StacksMatch(old, now, exactness);
    }

    private bool RegistersMatch(in RegisterState old, in RegisterState now, Exactness exactness)
    {
        if (old.Kind == RegisterKind.NotInit)
        {
            // Dead, or never readable: whatever the new state has there changes nothing.
            return true;
        }

        if (old.Kind != now.Kind || old.Flags != now.Flags)
        {
            return false;
        }

        if (exactness == Exactness.Equal)
        {
            return SameButIds(old, now) && _ids.Match(old.Id, now.Id) && _ids.Match(old.RefId, now.RefId);
        }

        switch (old.Kind)
        {
            case RegisterKind.Scalar:
                if (KeepNumbersApart)
                {
                    return SameDelta(old, now) && old.Range.Equals(now.Range)
                        && _ids.MatchScalar(old.Id, now.Id);
                }

                if (!old.Precise && exactness == Exactness.Subset)
                {
                    return true;
                }

                if (old.Id != 0 && now.Id != 0 && !SameDelta(old, now))
                {
                    return false;
                }

                return old.Range.Includes(now.Range) && _ids.MatchScalar(old.Id, now.Id);
            case RegisterKind.MapValue or RegisterKind.MapKey or RegisterKind.Memory or RegisterKind.Buffer
                or RegisterKind.TracepointBuffer:
                return old.Offset == now.Offset && old.Object == now.Object && old.Extra == now.Extra
                    && old.Range.Includes(now.Range) && _ids.Match(old.Id, now.Id) && _ids.Match(old.RefId, now.RefId);
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                bool provenEnough = old.Extra < 0 || now.Extra < 0 ? old.Extra == now.Extra : old.Extra <= now.Extra;
                return provenEnough && old.Offset == now.Offset && _ids.Match(old.Id, now.Id) && old.Range.Includes(now.Range);
            case RegisterKind.Stack:
                return old.Frame == now.Frame && SameButIds(old, now);
            case RegisterKind.Arena:
                return true;
            case RegisterKind.NotInit or RegisterKind.Context or RegisterKind.MapPointer or RegisterKind.PacketEnd
                or RegisterKind.FlowKeys or RegisterKind.Socket or RegisterKind.SockCommon or RegisterKind.TcpSocket
                or RegisterKind.XdpSocket or RegisterKind.BtfPointer or RegisterKind.Function or RegisterKind.Dynptr
                or RegisterKind.PerCpuVariable or RegisterKind.InstructionPointer:
            default:
                return SameButIds(old, now) && _ids.Match(old.Id, now.Id) && _ids.Match(old.RefId, now.RefId);
        }
    }

    private static bool SameButIds(in RegisterState old, in RegisterState now) =>
        old.Offset == now.Offset && old.Object == now.Object && old.Extra == now.Extra && old.Frame == now.Frame
        && SameDelta(old, now) && old.Range.Equals(now.Range);

    private static bool SameDelta(in RegisterState old, in RegisterState now) => old.HasDelta == now.HasDelta
        && (!old.HasDelta || (old.Offset == now.Offset && old.Delta32 == now.Delta32));

    private bool StacksMatch(FrameState old, FrameState now, Exactness exactness)
    {
        for (int s = 0; s < old.StackSlots; s++)
        {
            ref StackSlot before = ref old.Stack[s];
            if (before.Bytes == 0)
            {
                continue;
            }

            if (s >= now.StackSlots)
            {
                if (AllowUninitStack && OnlyMisc(before.Bytes) && exactness != Exactness.Equal)
                {
                    continue;
                }

                return false;
            }

            if (!SlotsMatch(ref before, ref now.Stack[s], exactness))
            {
                return false;
            }
        }

        return true;
    }

    private static bool OnlyMisc(ulong bytes) => (bytes & ~StackSlot.All(SlotByte.Misc)) == 0;

    private bool SlotsMatch(ref StackSlot old, ref StackSlot now, Exactness exactness)
    {
        if (exactness == Exactness.Equal && old.Bytes != now.Bytes)
        {
            return false;
        }

        bool oldIsNumber = IsWholeNumber(old, out bool oldIsMisc);
        bool nowIsNumber = IsWholeNumber(now, out bool nowIsMisc);
        if (oldIsNumber && nowIsNumber)
        {
            return RegistersMatch(oldIsMisc ? s_unknown : old.Spilled, nowIsMisc ? s_unknown : now.Spilled, exactness);
        }

        if (old.Bytes != now.Bytes)
        {
            for (int i = 0; i < 8; i++)
            {
                SlotByte a = old[i];
                SlotByte b = now[i];
                if (a == b || a == SlotByte.Invalid || (a == SlotByte.Misc && (AllowUninitStack || b == SlotByte.Zero)))
                {
                    continue;
                }

                return false;
            }
        }

        if (old.IsSpill)
        {
            return RegistersMatch(old.Spilled, now.Spilled, exactness);
        }

        if (!old.IsSpecial)
        {
            return true;
        }

        return old.Spilled.Kind == now.Spilled.Kind && old.Spilled.Object == now.Spilled.Object && old.Spilled.Flags == now.Spilled.Flags
            && old.Spilled.Extra == now.Spilled.Extra && old.Spilled.Frame == now.Spilled.Frame
            && _ids.Match(old.Spilled.Id, now.Spilled.Id) && _ids.Match(old.Spilled.RefId, now.Spilled.RefId);
    }

    private bool IsWholeNumber(in StackSlot slot, out bool isMisc)
    {
        isMisc = slot.Bytes != 0 && (slot.Bytes == StackSlot.All(SlotByte.Misc) || (AllowUninitStack && OnlyMisc(slot.Bytes)));
        return isMisc || (slot.IsFullSpill && slot.Spilled.IsScalar);
    }

    /// <summary>Removes what can no longer matter, so that it keeps no states apart.</summary>
    public static void CleanDead(PathState state, Liveness live, int slot)
    {
        for (int f = 0; f < state.Depth; f++)
        {
            FrameState frame = state[f];
            int at = f == state.Depth - 1 ? slot : state[f + 1].CallSite;
            ushort registers = live.Registers[at];
            for (int r = 0; r < 10; r++)
            {
                if ((registers >> r & 1) == 0)
                {
                    frame.Registers[r] = default;
                }
            }

            ulong slots = live.Slots[at];
            int last = 0;
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if ((slots >> s & 1) == 0)
                {
                    frame.Stack[s] = default;
                }
                else if (frame.Stack[s].Bytes != 0)
                {
                    last = s + 1;
                }
            }

            frame.StackSlots = last;
        }
    }

}
