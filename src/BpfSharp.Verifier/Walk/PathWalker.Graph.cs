using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Lists and trees of objects the program owns, and exceptions.</remarks>
internal sealed partial class PathWalker
{
    private void CheckRoot(string argument, in RegisterState value, SpecialFieldKind kind, ref KfuncFacts facts)
    {
        SpecialField root = RequireField(argument, value, kind);
        if (value.Kind == RegisterKind.BtfPointer && value.RefId == 0)
        {
            throw Reject(FindingIds.Reference, $"{argument} lies in an object that is not owned");
        }

        RequireLockHeld(argument, value);
        facts.Root = root;
        facts.Field = value;
    }

    /// <summary>The lock beside the list or tree must be held.</summary>
    private void RequireLockHeld(string argument, in RegisterState value)
    {
        int owner = LockIdentity(value);
        for (int i = 0; i < _state.ReferenceCount; i++)
        {
            ref readonly Reference held = ref _state.References[i];
            if (held.Kind is ReferenceKind.Lock or ReferenceKind.ResilientLock or ReferenceKind.ResilientIrqLock
                && held.Object == owner && held.Id == value.Id)
            {
                return;
            }
        }

        throw Reject(FindingIds.Section, $"{argument}: the lock beside it must be held", "take the bpf_spin_lock in the same value first");
    }

    private void CheckNode(string argument, string function, in RegisterState value, bool isTree, ref KfuncFacts facts)
    {
        SpecialField root = facts.Root ?? default;
        bool removes = function is "bpf_rbtree_remove" or "bpf_rbtree_left" or "bpf_rbtree_right";
        if (value.Kind != RegisterKind.BtfPointer || !value.Is(RegisterFlags.Allocated) || value.MaybeNull || value.Is(RegisterFlags.PerCpu))
        {
            throw Reject(FindingIds.Protocol, $"{argument} is {Describe(value)}; a node of an allocated object is expected");
        }

        if (removes)
        {
            if (!value.Is(RegisterFlags.NonOwning) && function == "bpf_rbtree_remove")
            {
                throw Reject(FindingIds.Protocol, $"{argument} must be a node that is in the tree (not an owned one)");
            }

            if (InComparison())
            {
                throw Reject(FindingIds.Section, $"{function} is not allowed in the comparison of a tree");
            }
        }
        else if (value.RefId == 0 || value.Is(RegisterFlags.NonOwning))
        {
            throw Reject(FindingIds.Protocol, $"{argument} is not owned: it may already be in a list or tree");
        }

        if (!value.Range.IsConst)
        {
            throw Reject(FindingIds.BtfAccess, $"{argument}: the node must be at a constant offset");
        }

        int at = value.Offset + (int)value.Range.ConstValue;
        SpecialField? node = null;
        foreach (SpecialField field in FieldsOf(value).All)
        {
            if (field.Offset == at && field.Kind == (isTree ? SpecialFieldKind.TreeNode : SpecialFieldKind.ListNode))
            {
                node = field;
            }
        }

        if (node is null)
        {
            throw Reject(FindingIds.Protocol, $"{argument}: there is no node at offset {at} of {Describe(value)}");
        }

        if (root.TypeId != value.Object || root.NodeOffset != at)
        {
            throw Reject(
                FindingIds.Protocol, $"{argument}: the {(isTree ? "tree" : "list")} holds other objects, or by another node",
                "the declaration tag 'contains:TYPE:NODE' says what it holds");
        }
    }

    /// <summary>An inserted object belongs to the list or tree; the program may still look at it while the lock is held.</summary>
    private void GraphInsert(string name, in KfuncFacts facts)
    {
        if (name is not ("bpf_list_push_front_impl" or "bpf_list_push_back_impl" or "bpf_rbtree_add_impl"))
        {
            return;
        }

        _ = facts;
        if (InComparison())
        {
            throw Reject(FindingIds.Section, $"{name} is not allowed in the comparison of a tree");
        }

        int reference = _frame.Registers[2].RefId;
        if (!_state.RemoveReference(ReferenceKind.Pointer, reference))
        {
            throw Reject(FindingIds.Reference, "the object is not held");
        }

        int nodeOffset = _frame.Registers[2].Offset;
        _ = nodeOffset;
        ForEachRegister(_state, (ref RegisterState register) =>
        {
            if (register.RefId == reference)
            {
                register.RefId = 0;
                register.Flags |= RegisterFlags.NonOwning;
            }
        });
    }

    private bool InComparison() => _frame.IsCallback && _frame.IsExceptionCallback;

    /// <summary>The comparison a tree calls while it inserts: both nodes are in the tree.</summary>
    private void StartComparison(in KfuncFacts facts)
    {
        SpecialField root = facts.Root ?? default;
        CallFacts call = new() { Function = facts.Function, HasFunction = true };
        FrameState frame = PushCallback(call);
        frame.IsExceptionCallback = true; // marks the comparison: locks may not be touched in it
        RegisterState node = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated | RegisterFlags.NonOwning);
        node.Object = root.TypeId;
        node.Offset = root.NodeOffset;
        frame.Registers[1] = node;
        frame.Registers[2] = node;
    }

    private void ThrowNow()
    {
        CheckThrow();
        MarkPrecise(Isa.Register.R1);
        // With a callback of its own, the program's result is the callback's.
        if (!_code.Functions.Exists(f => f.IsExceptionCallback) && AllowedReturn() is { } allowed)
        {
            RequireReturnRange(Reg(Isa.Register.R1).Range, allowed.Minimum, allowed.Maximum, "exception");
        }
    }

    /// <summary>A call that may throw: the program may end here.</summary>
    private void Throw(FunctionInfo callee)
    {
        _ = callee;
        CheckThrow();
    }

    private void CheckThrow()
    {
        if (_state.ReferenceCount > 0)
        {
            Reference left = _state.References[0];
            throw Reject(
                left.Kind == ReferenceKind.Pointer ? FindingIds.Reference : FindingIds.Section,
                $"the exception leaves what was taken at {left.Slot} behind", "release it before bpf_throw");
        }

        if (_state.RcuDepth > 0 || _state.PreemptDepth > 0 || _state.ActiveIrq != 0)
        {
            throw Reject(FindingIds.Section, "the exception leaves a section open", "end it before bpf_throw");
        }
    }
}
