using BpfSharp.Hooks;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private void StartLoop(in CallFacts facts)
    {
        FrameState frame = PushCallback(facts);
        frame.Registers[1] = RegisterState.UnknownScalar;
        frame.Registers[2] = _frame.Registers[3];
    }

    private void StartCallback(HelperInfo helper, in CallFacts facts)
    {
        if (!facts.HasFunction)
        {
            throw Reject(FindingIds.Argument, $"{helper.FullName} got no function");
        }

        switch (helper.Name)
        {
            case "for_each_map_elem":
                MapInfo map = facts.Map!;
                FrameState each = PushCallback(facts);
                each.Registers[1] = MapPointer(map, facts.MapIdentity);
                each.Registers[2] = MapPart(RegisterKind.MapKey, map, facts.MapIdentity);
                each.Registers[3] = MapPart(RegisterKind.MapValue, map, facts.MapIdentity);
                each.Registers[4] = _frame.Registers[3];
                break;
            case "find_vma":
                FrameState area = PushCallback(facts);
                area.Registers[1] = _frame.Registers[1];
                RegisterState vma = RegisterState.Pointer(RegisterKind.BtfPointer);
                vma.Object = KernelTypeId("vm_area_struct");
                area.Registers[2] = vma;
                area.Registers[3] = _frame.Registers[4];
                break;
            case "user_ringbuf_drain":
                FrameState drained = PushCallback(facts);
                RegisterState dynptr = RegisterState.Pointer(RegisterKind.Dynptr, RegisterFlags.ReadOnly);
                dynptr.Object = (int)DynptrKind.Local;
                dynptr.Id = NextId();
                drained.Registers[1] = dynptr;
                drained.Registers[2] = _frame.Registers[3];
                break;
            default:
                StartLater(facts);
                break;
        }
    }

    private static RegisterState MapPointer(MapInfo map, int identity)
    {
        RegisterState pointer = RegisterState.Pointer(RegisterKind.MapPointer);
        pointer.Object = map.Index;
        pointer.Extra = identity;
        return pointer;
    }

    private static RegisterState MapPart(RegisterKind kind, MapInfo map, int identity)
    {
        RegisterState pointer = RegisterState.Pointer(kind);
        pointer.Object = map.Index;
        pointer.Extra = kind == RegisterKind.MapKey ? 0 : identity;
        return pointer;
    }

    /// <summary>Forks a path into a callback: it comes back to the call, which is then walked as if it had not run yet.</summary>
    private FrameState PushCallback(in CallFacts facts)
    {
        ControlFlow.FunctionInfo function = _code.Functions[facts.Function];
        if (function.IsGlobal)
        {
            function.Called = true;
        }

        PathState fork = Fork(function.Start);
        EnterFunction(fork, facts.Function, _slot);
        FrameState frame = fork.Current;
        frame.IsCallback = true;
        frame.ReturnMin = 0;
        frame.ReturnMax = 1;
        fork.CallbackUnrollDepth++;
        fork[fork.Depth - 2].CallbackDepth++;
        _frame.CallbackDepth = 0;
        return frame;
    }

    /// <summary>A function that runs later, alone: its own path with a fresh frame.</summary>
    private void StartLater(in CallFacts facts)
    {
        ControlFlow.FunctionInfo function = _code.Functions[facts.Function];
        function.IsAsyncCallback = true;
        RegisterState timer = _frame.Registers[1];
        PathState fork = Fork(function.Start);
        while (fork.Depth > 1)
        {
            _pool.Return(fork.Frames[--fork.Depth]!);
            fork.Frames[fork.Depth] = null;
        }

        int entries = _frame.AsyncEntries + 1;
        if (entries >= 2 && _frame.IsAsync)
        {
            // The same chain again teaches nothing new.
            entries = _frame.AsyncEntries;
        }

        FrameState frame = fork[0];
        ResetFrame(frame, -1, 0, facts.Function);
        frame.IsAsync = true;
        frame.AsyncEntries = entries;
        fork.ReferenceCount = 0;
        fork.ActiveLocks = fork.RcuDepth = fork.PreemptDepth = fork.ActiveIrq = 0;
        fork.LockId = fork.LockObject = 0;
        fork.Sleepable = false;
        MapInfo map = _program.Maps[timer.Object];
        frame.Registers[1] = MapPointer(map, timer.Extra);
        frame.Registers[2] = MapPart(RegisterKind.MapKey, map, timer.Extra);
        frame.Registers[3] = MapPart(RegisterKind.MapValue, map, timer.Extra);
    }

}
