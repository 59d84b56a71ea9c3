using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.ControlFlow;

/// <summary>The program as a graph: decoded instructions, functions, jump targets, loops. Structure errors are found here.</summary>
internal sealed class CodeMap
{
    public const int MaxInstructions = 1_000_000;
    private const int MaxFunctions = 256;

    private readonly Func<DecodedInstruction, CallTraits> _traits;

    private CodeMap(ProgramSpec spec, Func<DecodedInstruction, CallTraits> traits)
    {
        Spec = spec;
        _traits = traits;
        Length = spec.Instructions.Length;
        Instructions = new DecodedInstruction[Length];
        Roles = new SlotRoles[Length];
        FunctionOf = new int[Length];
        Components = new int[Length];
        Functions = [];
    }

    /// <summary>What the graph must know of a call.</summary>
    /// <param name="Arguments">Registers read, as a mask.</param>
    /// <param name="CallsBack">Calls back before it returns.</param>
    /// <param name="CallsBackLater">Calls back later.</param>
    /// <param name="IteratorNext">Advances an iterator.</param>
    /// <param name="ChangesPacket">Packet pointers are invalid afterwards.</param>
    /// <param name="MightSleep">May sleep.</param>
    /// <param name="NeverReturns">Throws.</param>
    /// <param name="TailCall">Is the tail call.</param>
    internal readonly record struct CallTraits(
        ushort Arguments, bool CallsBack = false, bool CallsBackLater = false, bool IteratorNext = false,
        bool ChangesPacket = false, bool MightSleep = false, bool NeverReturns = false, bool TailCall = false);

    public ProgramSpec Spec { get; }

    public int Length { get; }

    /// <summary>By slot; second slots of <c>lddw</c> are <see cref="Op.Invalid"/>.</summary>
    public DecodedInstruction[] Instructions { get; }

    public SlotRoles[] Roles { get; }

    /// <summary>Function a slot belongs to.</summary>
    public int[] FunctionOf { get; }

    /// <summary>Loop (strongly connected component) a slot belongs to; 0 for none.</summary>
    public int[] Components { get; }

    public int ComponentCount { get; private set; }

    public List<FunctionInfo> Functions { get; }

    public CallTraits Traits(in DecodedInstruction call) => _traits(call);

    public bool Has(int slot, SlotRoles roles) => (Roles[slot] & roles) != 0;

    /// <summary>Decodes and checks a program's structure.</summary>
    public static CodeMap Build(ProgramSpec spec, Func<DecodedInstruction, CallTraits> traits)
    {
        if (spec.Instructions.Length is 0 or > MaxInstructions)
        {
            throw new Rejection(FindingIds.ProgramSize, -1, $"a program of {spec.Instructions.Length} instructions; allowed are 1 to {MaxInstructions}");
        }

        CodeMap map = new(spec, traits);
        map.Decode();
        map.FindFunctions();
        map.CheckJumps();
        map.Reach();
        map.PropagateEffects();
        new ComponentFinder(map).Run();
        return map;
    }

    /// <summary>The slots that may run after one, inside its function.</summary>
    public int Successors(int slot, Span<int> next)
    {
        ref readonly DecodedInstruction insn = ref Instructions[slot];
        if (insn.Op is Op.Exit)
        {
            return 0;
        }

        if (insn.Op is Op.Ja or Op.Ja32)
        {
            next[0] = insn.JumpTarget;
            return 1;
        }

        if (insn.Op == Op.CallKfunc && slot + 1 == Functions[FunctionOf[slot]].End)
        {
            // Only a call that never returns may end a function.
            return 0;
        }

        next[0] = slot + insn.Slots;
        OpKind kind = OpcodeTable.Get(insn.Op).Kind;
        if (kind is OpKind.ConditionalJump or OpKind.MayGoto)
        {
            next[1] = insn.JumpTarget;
            return 2;
        }

        return 1;
    }

    public int ComponentOf(int slot) => Components[slot];

    internal void SetComponents(int count) => ComponentCount = count;

    private void Decode()
    {
        ReadOnlySpan<Instruction> program = Spec.Instructions.AsSpan();
        for (int slot = 0; slot < Length; slot++)
        {
            DecodedInstruction insn = DecodedInstruction.Decode(program, slot);
            Instructions[slot] = insn;
            EncodingRules.CheckAlways(insn, program);
            if (insn.Slots == 2)
            {
                slot++;
                Instructions[slot] = new(slot, Op.Invalid, 0, 0, 0, 0);
                Roles[slot] |= SlotRoles.SecondSlot;
            }
        }
    }

    private void FindFunctions()
    {
        SortedDictionary<int, Subprogram?> starts = new() { [0] = null };
        foreach (Subprogram named in Spec.Subprograms)
        {
            if (named.StartSlot >= 0 && named.StartSlot < Length)
            {
                starts[named.StartSlot] = named;
            }
        }

        foreach (ref readonly DecodedInstruction insn in Instructions.AsSpan())
        {
            if (insn.Op is Op.CallLocal or Op.LoadFunction)
            {
                int target = insn.CallTarget;
                if (target < 0 || target >= Length || Has(target, SlotRoles.SecondSlot))
                {
                    throw new Rejection(FindingIds.JumpRange, insn.Slot, $"call to slot {target}, which is not in the program");
                }

                starts.TryAdd(target, null);
            }
        }

        if (starts.Count > MaxFunctions)
        {
            throw new Rejection(FindingIds.ProgramSize, -1, $"{starts.Count} functions; allowed are {MaxFunctions}");
        }

        foreach ((int start, Subprogram? named) in starts)
        {
            if (Functions.Count > 0)
            {
                Functions[^1].End = start;
            }

            Functions.Add(new FunctionInfo
            {
                Name = named?.Name ?? (start == 0 ? Spec.Name : $"function at {start}"),
                Start = start,
                IsGlobal = named?.IsGlobal == true && start != 0,
                BtfTypeId = named?.BtfTypeId ?? 0,
            });
        }

        Functions[^1].End = Length;
        for (int i = 0; i < Functions.Count; i++)
        {
            FunctionOf.AsSpan(Functions[i].Start, Functions[i].End - Functions[i].Start).Fill(i);
        }
    }

    private void CheckJumps()
    {
        foreach (FunctionInfo function in Functions)
        {
            int last = function.Start;
            for (int slot = function.Start; slot < function.End; slot++)
            {
                ref readonly DecodedInstruction insn = ref Instructions[slot];
                if (Has(slot, SlotRoles.SecondSlot))
                {
                    continue;
                }

                last = slot;
                OpKind kind = OpcodeTable.Get(insn.Op).Kind;
                if (kind is OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto)
                {
                    int target = insn.JumpTarget;
                    if (target < function.Start || target >= function.End || Has(target, SlotRoles.SecondSlot))
                    {
                        throw new Rejection(
                            FindingIds.JumpRange, slot,
                            $"jump to slot {target}; its function reaches from {function.Start} to {function.End - 1}");
                    }
                }
                else if (kind == OpKind.IndirectJump)
                {
                    throw new NotModelledException(slot, "a jump through an instruction array");
                }
            }

            Op final = Instructions[last].Op;
            bool throws = final == Op.CallKfunc && _traits(Instructions[last]).NeverReturns;
            if (!throws && final is not (Op.Exit or Op.Ja or Op.Ja32))
            {
                throw new Rejection(
                    FindingIds.FallsOff, last, $"{function.Name} does not end in exit or a jump",
                    "let every path end in 'exit'");
            }
        }
    }

    private void Reach()
    {
        Stack<int> todo = new();
        foreach (FunctionInfo function in Functions)
        {
            todo.Push(function.Start);
        }

        Span<int> next = stackalloc int[2];
        while (todo.TryPop(out int slot))
        {
            if (Has(slot, SlotRoles.Reachable))
            {
                continue;
            }

            Roles[slot] |= SlotRoles.Reachable;
            MarkRoles(slot);
            int count = Successors(slot, next);
            for (int i = 0; i < count; i++)
            {
                todo.Push(next[i]);
            }
        }

        for (int slot = 0; slot < Length; slot++)
        {
            if (!Has(slot, SlotRoles.Reachable | SlotRoles.SecondSlot))
            {
                throw new Rejection(
                    FindingIds.Unreachable, slot, "no path reaches this instruction", "remove dead code");
            }
        }
    }

    private void MarkRoles(int slot)
    {
        ref readonly DecodedInstruction insn = ref Instructions[slot];
        FunctionInfo function = Functions[FunctionOf[slot]];
        switch (OpcodeTable.Get(insn.Op).Kind)
        {
            case OpKind.Jump:
                Roles[insn.JumpTarget] |= SlotRoles.PrunePoint | SlotRoles.JumpPoint;
                break;
            case OpKind.ConditionalJump:
                Roles[slot] |= SlotRoles.PrunePoint;
                Roles[insn.JumpTarget] |= SlotRoles.PrunePoint | SlotRoles.JumpPoint;
                break;
            case OpKind.MayGoto:
                Roles[slot] |= SlotRoles.PrunePoint | SlotRoles.ForceCheckpoint | SlotRoles.MayGoto;
                Roles[insn.JumpTarget] |= SlotRoles.PrunePoint | SlotRoles.JumpPoint;
                break;
            case OpKind.LoadImmediate64 when insn.Op == Op.LoadFunction:
                Functions[FunctionOf[insn.CallTarget]].IsCallback = true;
                Roles[insn.CallTarget] |= SlotRoles.JumpPoint | SlotRoles.PrunePoint;
                break;
            case OpKind.LegacyPacket:
                function.HasLdAbs = true;
                break;
            case OpKind.Call when insn.Op == Op.CallLocal:
                Functions[FunctionOf[insn.CallTarget]].Called = true;
                Roles[slot] |= SlotRoles.PrunePoint;
                Roles[insn.CallTarget] |= SlotRoles.JumpPoint | SlotRoles.PrunePoint;
                if (slot + 1 < Length)
                {
                    Roles[slot + 1] |= SlotRoles.JumpPoint | SlotRoles.PrunePoint;
                }

                break;
            case OpKind.Call:
                CallTraits traits = _traits(insn);
                if (traits.CallsBackLater)
                {
                    Roles[slot] |= SlotRoles.PrunePoint;
                }

                if (traits.CallsBack)
                {
                    Roles[slot] |= SlotRoles.PrunePoint | SlotRoles.ForceCheckpoint | SlotRoles.JumpPoint | SlotRoles.CallsBack;
                }

                if (traits.IteratorNext)
                {
                    Roles[slot] |= SlotRoles.PrunePoint | SlotRoles.ForceCheckpoint | SlotRoles.IteratorNext;
                }

                function.ChangesPacket |= traits.ChangesPacket;
                function.MightSleep |= traits.MightSleep;
                function.MightThrow |= traits.NeverReturns;
                function.HasTailCall |= traits.TailCall;
                break;
            case OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.Load or OpKind.Store or OpKind.Atomic
                or OpKind.LoadAcquire or OpKind.StoreRelease or OpKind.LoadImmediate64 or OpKind.IndirectJump or OpKind.Exit:
            default:
                break;
        }
    }

    /// <summary>What a function does, its callees do too.</summary>
    private void PropagateEffects()
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (ref readonly DecodedInstruction insn in Instructions.AsSpan())
            {
                if (insn.Op is not (Op.CallLocal or Op.LoadFunction))
                {
                    continue;
                }

                FunctionInfo caller = Functions[FunctionOf[insn.Slot]];
                FunctionInfo callee = Functions[FunctionOf[insn.CallTarget]];
                if ((callee.ChangesPacket && !caller.ChangesPacket) || (callee.MightSleep && !caller.MightSleep && insn.Op == Op.CallLocal)
                    || (callee.MightThrow && !caller.MightThrow && insn.Op == Op.CallLocal))
                {
                    caller.ChangesPacket |= callee.ChangesPacket;
                    caller.MightSleep |= callee.MightSleep && insn.Op == Op.CallLocal;
                    caller.MightThrow |= callee.MightThrow && insn.Op == Op.CallLocal;
                    changed = true;
                }
            }
        }
    }
}
