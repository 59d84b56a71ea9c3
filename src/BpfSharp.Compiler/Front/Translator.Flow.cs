using System.Reflection.Metadata;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

#pragma warning disable IDE0010, IDE0072 // the set of opcodes is open: what has no case is diagnosed

/// <summary>Control flow: blocks of IL, inlining, finally.</summary>
internal sealed partial class Translator
{
    /// <summary>Where the finally blocks that are running return to, innermost first.</summary>
    private sealed record FinallyChain(int Id, IlRegion Region, Block Continuation, int Target, FinallyChain? Outer);

    private sealed class Place
    {
        public required Block Block { get; init; }

        /// <summary>Memory that carries the evaluation stack over the edge.</summary>
        public List<Entry>? Stack { get; set; }

        public bool Done { get; set; }
    }

    /// <summary>Translates a method in place; afterwards the current block is <paramref name="end"/>.</summary>
    private Entry? InlineCall(IlMethod method, Entry[] arguments, Block end)
    {
        IlBody body = method.Body ?? throw Error(FindingTable.NoBody, method.FullName);
        for (Frame? f = _frame; f is not null; f = f.Caller)
        {
            if (f.Method.Equals(method))
            {
                throw Error(FindingTable.Recursion, method.FullName);
            }
        }

        if (_frame is not null && _frame.Depth > MaxInlineDepth)
        {
            throw Error(FindingTable.Recursion, method.FullName + " (calls nested too deeply)");
        }

        RefuseStateMachine(method);
        Frame? caller = _frame;
        int callSource = _source;
        Frame frame = new(method, body, caller) { Continuation = end, CallSource = callSource };
        CountWrites(frame);
        System.Collections.Immutable.ImmutableArray<IlType> types = method.AllParameters;
        for (int i = 0; i < types.Length; i++)
        {
            if (arguments[i].Thing is not null && frame.ArgumentWrites[i] == 0)
            {
                frame.BoundArguments[i] = arguments[i];
            }
            else
            {
                Inst slot = Alloca(types[i]);
                frame.ArgumentSlots[i] = slot;
                Store(slot, types[i], arguments[i]);
            }
        }

        if (method.ReturnType.Kind != IlKind.Void)
        {
            frame.Result = Alloca(method.ReturnType);
        }

        List<Entry> outer = KeepStack();
        _stack.Clear();
        _frame = frame;
        TranslateBody(frame);
        _frame = caller!;
        _source = callSource;
        _block = end;
        ReloadStack(outer);
        if (frame.BoundResult is { } bound)
        {
            return bound;
        }

        if (frame.Result is null)
        {
            return null;
        }

        return Load(frame.Result, method.ReturnType) with { Borrowed = false };
    }

    private void RefuseStateMachine(IlMethod method)
    {
        if (method.FindAttribute("AsyncStateMachineAttribute") is not null
            || method.FindAttribute("IteratorStateMachineAttribute") is not null
            || method.FindAttribute("AsyncIteratorStateMachineAttribute") is not null)
        {
            throw Error(FindingTable.StateMachine, method.FullName);
        }
    }

    private static void CountWrites(Frame frame)
    {
        foreach (IlInstruction il in frame.Body.Instructions)
        {
            switch (il.Code)
            {
                case ILOpCode.Stloc:
                    frame.LocalWrites[(int)il.Operand]++;
                    break;
                case ILOpCode.Ldloca:
                    frame.LocalWrites[(int)il.Operand] += 2;
                    break;
                case ILOpCode.Starg:
                    frame.ArgumentWrites[(int)il.Operand] += 2;
                    break;
            }
        }
    }

    private void TranslateBody(Frame frame)
    {
        IlBody body = frame.Body;
        foreach (IlRegion region in body.Regions)
        {
            if (region.Kind is ExceptionRegionKind.Catch or ExceptionRegionKind.Filter)
            {
                Locate(body, region.HandlerStart);
                throw Error(FindingTable.Catch, frame.Method.FullName);
            }
        }

        HashSet<int> leaders = FindLeaders(body);
        Dictionary<(int Index, int Chain), Place> places = [];
        Dictionary<int, FinallyChain> chains = [];
        Stack<(int Index, FinallyChain? Chain)> work = new();
        int chainCount = 0;
        Place start = new() { Block = _function.NewBlock() };
        places[(0, 0)] = start;
        Jump(start.Block);
        work.Push((0, null));
        while (work.Count > 0)
        {
            (int index, FinallyChain? chain) = work.Pop();
            Place place = places[(index, chain?.Id ?? 0)];
            if (place.Done)
            {
                continue;
            }

            place.Done = true;
            _block = place.Block;
            _stack.Clear();
            Locate(body, body.Instructions[index].Offset);
            RestoreStack(place);
            TranslateRun(frame, index, chain);
        }

        Block Target(int offset, FinallyChain? chain)
        {
            int index = body.IndexByOffset[offset];
            (int, int) key = (index, chain?.Id ?? 0);
            if (!places.TryGetValue(key, out Place? place))
            {
                places[key] = place = new Place { Block = _function.NewBlock() };
            }

            if (!place.Done)
            {
                SaveStack(place);
                work.Push((index, chain));
            }
            else
            {
                SaveStack(place);
            }

            return place.Block;
        }

        void TranslateRun(Frame owner, int index, FinallyChain? chain)
        {
            for (int i = index; i < body.Instructions.Length; i++)
            {
                IlInstruction il = body.Instructions[i];
                if (i > index && leaders.Contains(il.Offset))
                {
                    // Stack entries go through memory on every edge.
                    Jump(Target(il.Offset, chain));
                    return;
                }

                Locate(body, il.Offset);
                if (TranslateFlow(owner, i, il, chain))
                {
                    return;
                }
            }
        }

        // True when the instruction ended the run.
        bool TranslateFlow(Frame owner, int i, IlInstruction il, FinallyChain? chain)
        {
            switch (il.Code)
            {
                case ILOpCode.Br:
                    Jump(Target((int)il.Operand, chain));
                    return true;
                case ILOpCode.Brtrue or ILOpCode.Brfalse:
                    {
                        Entry value = Pop();
                        int following = body.Instructions[i + 1].Offset;
                        bool truth = il.Code == ILOpCode.Brtrue;
                        if (value.Thing is not null)
                        {
                            bool isSet = value.Thing is not NullThing;
                            Jump(Target(isSet == truth ? (int)il.Operand : following, chain));
                            return true;
                        }

                        Inst scalar = Value(value);
                        if (StaticValueOf(scalar) is { } known)
                        {
                            // Decided when compiling: the other way is not even looked at, it may hold what cannot be compiled.
                            Jump(Target((known != 0) == truth ? (int)il.Operand : following, chain));
                            return true;
                        }

                        Inst zero = Emit(new Inst(IrOp.Const, scalar.Type));
                        Block yes = Target((int)il.Operand, chain);
                        Block no = Target(following, chain);
                        Branch(truth ? Cond.Ne : Cond.Eq, scalar, zero, yes, no);
                        return true;
                    }

                case >= ILOpCode.Beq and <= ILOpCode.Blt_un:
                    {
                        Entry right = Pop();
                        Entry left = Pop();
                        (Inst a, Inst b) = Balance(left, right);
                        int following = body.Instructions[i + 1].Offset;
                        if (StaticValueOf(a) is { } first && StaticValueOf(b) is { } second)
                        {
                            bool holds = BranchCond(il.Code).Holds(first, second, a.Type);
                            Jump(Target(holds ? (int)il.Operand : following, chain));
                            return true;
                        }

                        Block yes = Target((int)il.Operand, chain);
                        Block no = Target(following, chain);
                        Branch(BranchCond(il.Code), a, b, yes, no);
                        return true;
                    }

                case ILOpCode.Switch:
                    {
                        Inst value = Coerce(Pop(), IrType.I32);
                        int following = body.Instructions[i + 1].Offset;
                        EmitSwitch(value, il.Targets!, offset => Target(offset, chain), Target(following, chain));
                        return true;
                    }

                case ILOpCode.Ret:
                    TranslateReturn(owner);
                    return true;
                case ILOpCode.Throw or ILOpCode.Rethrow:
                    _stack.Clear();
                    Jump(FaultTarget());
                    return true;
                case ILOpCode.Leave:
                    _stack.Clear();
                    Jump(LeaveTo(il.Offset, (int)il.Operand, chain));
                    return true;
                case ILOpCode.Endfinally:
                    _stack.Clear();
                    if (chain is null)
                    {
                        Emit(new Inst(IrOp.Unreachable, IrType.Void));
                    }
                    else
                    {
                        Jump(chain.Continuation);
                    }

                    return true;
                case ILOpCode.Jmp or ILOpCode.Endfilter:
                    throw Error(FindingTable.UnsupportedIl, il.Code.ToString());
                default:
                    bool goesOn = TranslateInstruction(owner, il, i);
                    return !goesOn;
            }
        }

        // Runs the finally blocks between a place inside protected regions and its target: each as a copy of its own.
        Block LeaveTo(int from, int target, FinallyChain? chain)
        {
            List<IlRegion> crossed = [.. body.Regions.Where(r => r.Kind == ExceptionRegionKind.Finally
                && from >= r.TryStart && from < r.TryEnd && !(target >= r.TryStart && target < r.TryEnd))];
            crossed.Sort((a, b) => (a.TryEnd - a.TryStart).CompareTo(b.TryEnd - b.TryStart));
            // A leave inside a finally that goes to a place inside the same one stays in its chain.
            FinallyChain? outer = chain;
            while (outer is not null && !(target >= outer.Region.HandlerStart && target < outer.Region.HandlerEnd))
            {
                outer = outer.Outer;
            }

            Block continuation = Target(target, outer);
            for (int k = crossed.Count - 1; k >= 0; k--)
            {
                FinallyChain link = new(++chainCount, crossed[k], continuation, target, outer);
                chains[link.Id] = link;
                continuation = Target(crossed[k].HandlerStart, link);
            }

            return continuation;
        }
    }

    /// <summary>The value of an expression of constants, as far as this block shows.</summary>
    private static long? StaticValueOf(Inst value) => value.IsConst ? value.Imm
        : value.IsPure && value.Op is not (IrOp.Opaque or IrOp.Core) ? Passes.Folding.Fold(value, StaticValueOf) : null;

    private static HashSet<int> FindLeaders(IlBody body)
    {
        HashSet<int> leaders = [0];
        for (int i = 0; i < body.Instructions.Length; i++)
        {
            IlInstruction il = body.Instructions[i];
            bool isBranch = il.Code is (>= ILOpCode.Br and <= ILOpCode.Blt_un) or ILOpCode.Leave;
            if (isBranch)
            {
                leaders.Add((int)il.Operand);
            }

            foreach (int target in il.Targets ?? [])
            {
                leaders.Add(target);
            }
        }

        foreach (IlRegion region in body.Regions)
        {
            leaders.Add(region.TryStart);
            leaders.Add(region.HandlerStart);
        }

        return leaders;
    }

    // The evaluation stack crosses an edge in memory, one place per entry and join; promotion makes phis of it.
    private void SaveStack(Place place)
    {
        if (_stack.Count == 0)
        {
            return;
        }

        if (place.Stack is null)
        {
            place.Stack = [];
            foreach (Entry entry in _stack)
            {
                if (entry.Thing is not null and not NullThing and not MapThing)
                {
                    place.Stack.Add(entry);
                    continue;
                }

                IlType type = JoinType(entry);
                place.Stack.Add(new Entry(type, Alloca(type)));
            }
        }

        for (int i = 0; i < _stack.Count; i++)
        {
            Entry slot = place.Stack[i];
            if (slot.Value is not null)
            {
                Store(slot.Value, slot.Type, _stack[i]);
            }
            else if (!Equals(slot.Thing, _stack[i].Thing))
            {
                throw Error(FindingTable.Delegate, "different ones meet");
            }
        }
    }

    private void RestoreStack(Place place)
    {
        foreach (Entry slot in place.Stack ?? [])
        {
            _stack.Add(slot.Value is null ? slot : Load(slot.Value, slot.Type) with { Borrowed = false });
        }
    }

    // On the evaluation stack small integers are 32 bits wide: the join must not narrow them.
    private IlType JoinType(Entry entry) => entry.Type.IsInteger && entry.Type.Size < 4 ? Types.Int32
        : entry.Value is { Type: IrType.Ptr } && !entry.Type.IsStruct && entry.Type.Size < 8 ? Types.Primitive(IlKind.NInt)
        : entry.Value is { Type: IrType.I64 } && entry.Type.Size < 8 ? Types.Primitive(IlKind.I8)
        : entry.Type;

    private void TranslateReturn(Frame frame)
    {
        if (frame.Result is not null)
        {
            Entry value = Pop();
            if (value.Thing is not null and not NullThing and not MapThing)
            {
                frame.BoundResult = value;
            }
            else
            {
                Store(frame.Result, frame.Method.ReturnType, value);
            }
        }

        Jump(frame.Continuation!);
    }

    private static Cond BranchCond(ILOpCode code) => code switch
    {
        ILOpCode.Beq => Cond.Eq,
        ILOpCode.Bne_un => Cond.Ne,
        ILOpCode.Bge => Cond.Sge,
        ILOpCode.Bgt => Cond.Sgt,
        ILOpCode.Ble => Cond.Sle,
        ILOpCode.Blt => Cond.Slt,
        ILOpCode.Bge_un => Cond.Uge,
        ILOpCode.Bgt_un => Cond.Ugt,
        ILOpCode.Ble_un => Cond.Ule,
        _ => Cond.Ult,
    };

    // A chain of comparisons with the original value (so the verifier learns its range); runs of equal targets share one.
    private void EmitSwitch(Inst value, int[] offsets, Func<int, Block> target, Block fallback)
    {
        Block[] blocks = [.. offsets.Select(target)];
        List<(int First, int Last, Block Block)> runs = [];
        for (int i = 0; i < blocks.Length; i++)
        {
            if (ReferenceEquals(blocks[i], fallback))
            {
                continue;
            }

            if (runs.Count > 0 && ReferenceEquals(runs[^1].Block, blocks[i]) && runs[^1].Last == i - 1)
            {
                runs[^1] = runs[^1] with { Last = i };
            }
            else
            {
                runs.Add((i, i, blocks[i]));
            }
        }

        // Values are local to their block here, so every comparison reads the value again.
        Inst memory = Alloca(Types.Int32);
        Emit(new Inst(IrOp.Store, IrType.Void, memory, value) { Width = 4 });
        EmitSwitchTree(memory, runs, 0, runs.Count, fallback);
    }

    private void EmitSwitchTree(
        Inst memory, List<(int First, int Last, Block Block)> runs, int from, int to, Block fallback)
    {
        if (from == to)
        {
            Jump(fallback);
            return;
        }

        if (to - from > 6)
        {
            int middle = (from + to) / 2;
            Block low = _function.NewBlock();
            Block high = _function.NewBlock();
            Branch(Cond.Ult, Reload(), Int32(runs[middle].First), low, high);
            _block = low;
            EmitSwitchTree(memory, runs, from, middle, fallback);
            _block = high;
            EmitSwitchTree(memory, runs, middle, to, fallback);
            return;
        }

        for (int i = from; i < to; i++)
        {
            (int first, int last, Block block) = runs[i];
            Block next = i == to - 1 ? fallback : _function.NewBlock();
            if (first == last)
            {
                Branch(Cond.Eq, Reload(), Int32(first), block, next);
            }
            else if (first == 0)
            {
                Branch(Cond.Ule, Reload(), Int32(last), block, next);
            }
            else
            {
                Block inner = _function.NewBlock();
                Branch(Cond.Ule, Reload(), Int32(last), inner, next);
                _block = inner;
                Branch(Cond.Uge, Reload(), Int32(first), block, next);
            }

            _block = next;
        }

        Inst Reload() => Emit(new Inst(IrOp.Load, IrType.I32, memory) { Width = 4 });
    }
}
