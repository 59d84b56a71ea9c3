using System.Diagnostics;
using System.Runtime.CompilerServices;
using BpfSharp.Isa;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.Profiles;
using BpfSharp.Verifier.Pruning;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <summary>Walks a program path by path, checking each instruction against what is known, as the kernel's verifier does.</summary>
/// <remarks>One function at a time is walked: the main program with its static callees, and each global function by itself.</remarks>
internal sealed partial class PathWalker
{
    private readonly ProgramContext _program;
    private readonly CodeMap _code;
    private readonly FramePool _pool = new();
    private readonly Stack<PathState> _pending = new();
    private readonly StateTable _saved;
    private readonly Backtracker _backtracker;
    private readonly StateComparer _comparer;
    private readonly long _deadline;
    private readonly BranchFact[] _branches;
    private readonly bool[] _reached;
    private readonly int[] _callMaps;
    private readonly RegisterKind[] _pointerKinds;
    private PathState _state;
    private FrameState _frame;
    private int _slot;
    private int _previous;
    private int _ids;
    private long _processed;
    private int _jumps;
    private int _jumpsAtSave;
    private long _processedAtSave;
    private bool _historyAtSlot;
    private int _rootFunction;
    private int _unresolvedCall = -1;

    public PathWalker(ProgramContext program)
    {
        _program = program;
        _code = program.Code;
        _state = _pool.RentState();
        _frame = new FrameState();
        _saved = new StateTable(program.Code);
        _backtracker = new Backtracker(program);
        _comparer = new StateComparer(program);
        _branches = new BranchFact[_code.Length];
        _reached = new bool[_code.Length];
        _callMaps = new int[_code.Length];
        _pointerKinds = new RegisterKind[_code.Length];
        _callMaps.AsSpan().Fill(int.MinValue);
        if (!program.AllowPointerLeaks)
        {
            _barriers = new bool[_code.Length];
            _barriersAfter = new bool[_code.Length];
        }

        _deadline = Stopwatch.GetTimestamp() + (long)(program.Options.TimeLimit.TotalSeconds * Stopwatch.Frequency);
    }

    public long Processed => _processed;

    public int TotalStates => _saved.Total;

    public int PeakStates => _saved.Peak;

    public BranchFact[] Branches => _branches;

    public bool[] Reached => _reached;

    public int[] CallMaps => _callMaps;

    /// <summary>The claims made, when recorded.</summary>
    public ClaimRecorder? Claims { get; init; }

    /// <summary>The graph, for findings.</summary>
    public CodeMap Code => _code;

    /// <summary>The slot at hand, for findings.</summary>
    public int Slot => _slot;

    /// <summary>The state at hand, for findings.</summary>
    public PathState State => _state;

    /// <summary>What the program needs of a kernel that only the walk can tell.</summary>
    public List<KernelRequirement> Needs { get; } = [];

    /// <summary>Walks the main program and every global function that is called.</summary>
    public void Run()
    {
        CheckProgram();
        WalkFunction(0);
        for (int i = 1; i < _code.Functions.Count; i++)
        {
            if (_code.Functions[i].IsExceptionCallback)
            {
                _code.Functions[i].Verified = true;
                WalkFunction(i);
            }
        }

        bool more = true;
        while (more)
        {
            more = false;
            for (int i = 1; i < _code.Functions.Count; i++)
            {
                FunctionInfo function = _code.Functions[i];
                if (function.IsGlobal && function.Called && !function.Verified)
                {
                    function.Verified = true;
                    WalkFunction(i);
                    more = true;
                }
            }
        }

        StackDepth.Check(_code, _program);
        if (_unresolvedCall >= 0)
        {
            _slot = _unresolvedCall;
            throw Reject(
                FindingIds.Encoding, $"a path reaches the call of '{_program.KfuncName(_code.Instructions[_slot])}', which the kernel does not have",
                "call it only where bpf_ksym_exists says it is there");
        }
    }

    private void Need(int since, string what)
    {
        if (since > KernelRequirements.FirstRelease && !Needs.Exists(n => n.What == what))
        {
            Needs.Add(new KernelRequirement(since, what, _slot));
        }
    }

    private void Need(KernelFeature feature) => Need(KernelFeatureTable.FindSince(feature), KernelFeatureTable.Describe(feature));

    private ref RegisterState Reg(Register register) => ref _frame.Registers[(int)register];

    private int NextId() => ++_ids;

    private Rejection Reject(string id, string message, string? suggestion = null, params string[] facts) =>
        new(id, _slot, message, suggestion, facts);

    private void WalkFunction(int index)
    {
        _rootFunction = index;
        _saved.Clear();
        _pending.Clear();
        _state = _pool.RentState();
        _state.Branches = 1;
        _state.Sleepable = _program.IsSleepable;
        _frame = _pool.Rent();
        ResetFrame(_frame, -1, 0, index);
        _state.Frames[0] = _frame;
        _state.Depth = 1;
        _state.ReferenceCount = 0;
        _state.ActiveLocks = _state.RcuDepth = _state.PreemptDepth = _state.ActiveIrq = 0;
        _state.CallbackUnrollDepth = _state.MayGotoDepth = _state.PathLength = 0;
        _state.Speculative = false;
        _slot = _code.Functions[index].Start;
        _previous = -1;
        _state.FirstSlot = _slot;
        _state.LastSlot = -1;
        SetUpArguments(index);
        Walk();
    }

    private static void ResetFrame(FrameState frame, int callSite, int number, int function)
    {
        frame.Registers.AsSpan().Clear();
        frame.StackSlots = 0;
        frame.CallSite = callSite;
        frame.Number = number;
        frame.Subprogram = function;
        frame.IsCallback = frame.IsAsync = frame.IsExceptionCallback = false;
        frame.CallbackDepth = 0;
        frame.AsyncEntries = 0;
        frame.ReturnMin = 0;
        frame.ReturnMax = 1;
        ref RegisterState pointer = ref frame.Registers[10];
        pointer = RegisterState.Pointer(RegisterKind.Stack);
        pointer.Frame = (byte)number;
    }

    private void Walk()
    {
        while (true)
        {
            bool goesOn = _state.Speculative ? StepSpeculatively() : Step();
            if (!goesOn && !TakePending())
            {
                return;
            }
        }
    }

    /// <summary>One instruction.</summary>
    /// <returns><see langword="false"/> at the end of the path.</returns>
    private bool Step()
    {
        int slot = _slot;
        if (++_processed > _program.Options.MaxProcessedInstructions)
        {
            throw Reject(
                FindingIds.TooComplex,
                $"more than {_program.Options.MaxProcessedInstructions} instructions were walked over all paths",
                "bound loops tighter, split the program by tail calls, or use bpf_loop");
        }

        if ((_processed & 0x3ff) == 0)
        {
            CheckOwnLimits();
        }

        SlotRoles roles = _code.Roles[slot];
        _state.LastSlot = _previous;
        _state.Slot = slot;
        _historyAtSlot = false;
        if ((roles & SlotRoles.PrunePoint) != 0)
        {
            if (IsKnown(slot))
            {
                return false;
            }
        }

        if ((roles & SlotRoles.JumpPoint) != 0)
        {
            Remember(-1, 0, 0);
        }

        _previous = slot;
        ref readonly DecodedInstruction insn = ref _code.Instructions[slot];
        if (_state.Speculative)
        {
            if (_barriers![slot])
            {
                return false;
            }
        }
        else
        {
            Claims?.Record(slot, _state, _program.Live);
        }

        if (!_reached[slot])
        {
            // What a processor merely guesses is not reached, but it must be sound too.
            _reached[slot] = !_state.Speculative;
            EncodingRules.Check(insn, _program.Spec.Instructions.AsSpan());
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        _slot = slot;
        switch (row.Kind)
        {
            case OpKind.Alu:
                CheckAlu(insn, row);
                break;
            case OpKind.Endian:
                CheckEndian(insn, row);
                break;
            case OpKind.AddressSpaceCast:
                CheckAddressSpaceCast(insn);
                break;
            case OpKind.Load or OpKind.LoadAcquire:
                CheckLoad(insn, row);
                break;
            case OpKind.Store or OpKind.StoreRelease:
                CheckStore(insn, row);
                break;
            case OpKind.Atomic:
                CheckAtomic(insn, row);
                break;
            case OpKind.LoadImmediate64:
                CheckWideImmediate(insn);
                _slot = slot + 2;
                return true;
            case OpKind.LegacyPacket:
                CheckLegacyPacket(insn, row);
                break;
            case OpKind.Jump:
                _jumps++;
                _slot = insn.JumpTarget;
                return true;
            case OpKind.ConditionalJump:
                _jumps++;
                CheckConditionalJump(insn, row);
                return true;
            case OpKind.MayGoto:
                _jumps++;
                CheckMayGoto(insn);
                return true;
            case OpKind.Call:
                _jumps++;
                return CheckCall(insn);
            case OpKind.Exit:
                _jumps++;
                return CheckExit();
            case OpKind.IndirectJump:
                throw JumpThroughTable();
            default:
                throw new NotModelledException(slot, $"the instruction {insn.Op}");
        }

        _slot = slot + 1;
        return true;
    }

    private Exception JumpThroughTable()
    {
        const int FirstReleaseWithTables = 619;
        return _program.Rules.Release < FirstReleaseWithTables
            ? Reject(
                FindingIds.Encoding, $"a jump through a table (gotox), which Linux {Profiles.KernelProfile.FormatRelease(_program.Rules.Release)} does not have",
                "compile with -fno-jump-tables; Linux 6.19 is the first release that has such jumps")
            : new NotModelledException(_slot, "a jump through a table (gotox); compiled with -fno-jump-tables the program can be judged");
    }

    private void CheckOwnLimits()
    {
        if (Stopwatch.GetTimestamp() > _deadline)
        {
            throw new NotModelledException(_slot, $"the walk took longer than {_program.Options.TimeLimit.TotalSeconds:0} s")
            {
                Id = FindingIds.OwnLimit,
            };
        }

        if (_saved.Bytes > _program.Options.MemoryLimit)
        {
            throw new NotModelledException(_slot, $"the saved states take more than {_program.Options.MemoryLimit >> 20} MB")
            {
                Id = FindingIds.OwnLimit,
            };
        }
    }

    /// <summary>Remembers how the path came here.</summary>
    private void Remember(int stackFrame, int stackSlot, ulong linked)
    {
        List<HistoryEntry> history = _state.History;
        if (_historyAtSlot)
        {
            Span<HistoryEntry> entries = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(history);
            ref HistoryEntry last = ref entries[^1];
            if (stackFrame >= 0)
            {
                last.StackFrame = (sbyte)stackFrame;
                last.StackSlot = (byte)stackSlot;
            }

            if (linked != 0)
            {
                last.Linked = linked;
            }

            return;
        }

        history.Add(new HistoryEntry(_slot, _state.LastSlot, (sbyte)stackFrame, (byte)stackSlot, linked));
        _historyAtSlot = true;
    }

    /// <summary>Saves a copy of the path that goes on elsewhere, to be walked later.</summary>
    private PathState Fork(int slot)
    {
        PathState other = _pool.RentState();
        other.CopyFrom(_state, _pool);
        other.History.AddRange(_state.History);
        other.Slot = slot;
        other.LastSlot = _slot;
        other.Branches = 1;
        if (other.Parent is { } parent)
        {
            parent.Branches++;
        }

        _pending.Push(other);
        if (_pending.Count > _program.Options.MaxPendingBranches)
        {
            throw Reject(
                FindingIds.TooComplex,
                $"more than {_program.Options.MaxPendingBranches} branches wait to be walked",
                "count loops with an integer that has a small constant bound");
        }

        return other;
    }

    /// <summary>Ends the path at hand and takes the one that waits last.</summary>
    private bool TakePending()
    {
        FinishBranch(_state);
        if (!_pending.TryPop(out PathState? next))
        {
            return false;
        }

        _pool.Return(_state);
        _state = next;
        _frame = next.Current;
        _slot = next.Slot;
        _previous = next.LastSlot;
        return true;
    }

    private void FinishBranch(PathState state)
    {
        PathState? at = state;
        while (at is not null)
        {
            if (--at.Branches > 0)
            {
                return;
            }

            LeaveLoop(at);
            at = at.Parent;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RequireReadable(Register register)
    {
        if (_frame.Registers[(int)register].Kind == RegisterKind.NotInit)
        {
            ThrowUninitialised(register);
        }
    }

    private void ThrowUninitialised(Register register)
    {
        throw Reject(
            FindingIds.Uninitialised,
            $"r{(int)register} is read but was never written on this path",
            (int)register <= 5 && _previous > 0 ? "calls overwrite r0 to r5: keep values in r6 to r9" : "give it a value on every path that leads here");
    }

    private void MarkPrecise(Register register)
    {
        if (_frame.Registers[(int)register].Kind == RegisterKind.Scalar)
        {
            _backtracker.MarkRegister(_state, _slot, (int)register);
        }
    }
}
