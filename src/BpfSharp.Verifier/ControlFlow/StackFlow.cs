using BpfSharp.Isa;

namespace BpfSharp.Verifier.ControlFlow;

/// <summary>
/// Which stack slots each instruction can read and surely overwrites, from one cheap forward pass over constants and frame
/// pointers. It errs only towards reading more and writing less: then liveness only keeps more.
/// </summary>
internal sealed class StackFlow
{
    private const int Tracked = 10;
    private readonly CodeMap _map;
    private readonly ICallReads _calls;
    private readonly FlowValue[] _values;
    /// <summary>By function: the lowest frame address that was stored or handed out.</summary>
    private readonly int[] _escape;
    /// <summary>By function: slots that may hold such an address.</summary>
    private readonly ulong[] _holders;

    public StackFlow(CodeMap map, ICallReads calls)
    {
        _map = map;
        _calls = calls;
        _values = new FlowValue[map.Length * Tracked];
        _escape = new int[map.Functions.Count];
        _holders = new ulong[map.Functions.Count];
        Reads = new ulong[map.Length];
        Writes = new ulong[map.Length];
        for (int i = 0; i < map.Functions.Count; i++)
        {
            RunFunction(map.Functions[i], i);
        }
    }

    /// <summary>What is known of calls.</summary>
    internal interface ICallReads
    {
        /// <summary>Bytes of stack a call may read from an argument; -1 for everything from there up.</summary>
        int ReadBytes(in DecodedInstruction call, int argument, ReadOnlySpan<FlowValue> registers);

        /// <summary>Whether the callee may keep the pointer or hand it to code of the program.</summary>
        bool MayKeep(in DecodedInstruction call);
    }

    /// <summary>By slot: stack slots it may read, bit i is fp-8*(i+1).</summary>
    public ulong[] Reads { get; }

    /// <summary>By slot: stack slots it wholly overwrites.</summary>
    public ulong[] Writes { get; }

    /// <summary>The slots from an offset on, so many bytes.</summary>
    public static ulong Mask(int offset, int bytes)
    {
        if (bytes <= 0 || offset >= 0)
        {
            return 0;
        }

        offset = Math.Max(offset, FlowValue.Lowest);
        int end = (int)Math.Min(0L, (long)offset + bytes);
        if (end <= offset)
        {
            return 0;
        }

        int highest = (-offset - 1) / 8;
        int lowest = -end / 8;
        ulong upTo = highest == 63 ? ulong.MaxValue : (1UL << (highest + 1)) - 1;
        return upTo & ~((1UL << lowest) - 1);
    }

    private Span<FlowValue> At(int slot) => _values.AsSpan(slot * Tracked, Tracked);

    private void RunFunction(FunctionInfo function, int index)
    {
        int before;
        ulong holders;
        do
        {
            before = _escape[index];
            holders = _holders[index];
            _values.AsSpan(function.Start * Tracked, (function.End - function.Start) * Tracked).Clear();
            Flow(function, index);
        }
        while (_escape[index] != before || _holders[index] != holders);

        for (int slot = function.Start; slot < function.End; slot++)
        {
            if (!_map.Has(slot, SlotRoles.SecondSlot))
            {
                FindAccesses(slot, index);
            }
        }
    }

    private void Flow(FunctionInfo function, int index)
    {
        Stack<int> todo = new();
        At(function.Start).Fill(FlowValue.Other);
        todo.Push(function.Start);
        Span<int> next = stackalloc int[2];
        Span<FlowValue> after = stackalloc FlowValue[Tracked];
        while (todo.TryPop(out int slot))
        {
            At(slot).CopyTo(after);
            Step(_map.Instructions[slot], after, index);
            int count = _map.Successors(slot, next);
            for (int i = 0; i < count; i++)
            {
                Span<FlowValue> target = At(next[i]);
                bool changed = false;
                for (int r = 0; r < Tracked; r++)
                {
                    FlowValue joined = FlowValue.Join(target[r], after[r]);
                    changed |= joined != target[r];
                    target[r] = joined;
                }

                if (changed)
                {
                    todo.Push(next[i]);
                }
            }
        }
    }

    private static FlowValue Read(ReadOnlySpan<FlowValue> registers, Register register) =>
        register == Register.R10 ? new(FlowKind.Frame, 0) : registers[(int)register];

    private void Step(in DecodedInstruction insn, Span<FlowValue> registers, int function)
    {
        if (insn.Dst >= Register.R10 && OpcodeTable.Get(insn.Op).Kind is OpKind.Alu or OpKind.Load or OpKind.LoadImmediate64
            or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.LoadAcquire)
        {
            return;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        switch (row.Kind)
        {
            case OpKind.Alu:
                registers[(int)insn.Dst] = Compute(insn, row, registers);
                break;
            case OpKind.Load or OpKind.LoadAcquire:
                registers[(int)insn.Dst] = Loaded(Read(registers, insn.Src).Plus(insn.Offset), function);
                break;
            case OpKind.Store or OpKind.StoreRelease when row.Operand == Operand.Reg:
                Escape(Read(registers, insn.Src), Read(registers, insn.Dst).Plus(insn.Offset), function);
                break;
            case OpKind.Atomic:
                FlowValue place = Read(registers, insn.Dst).Plus(insn.Offset);
                Escape(Read(registers, insn.Src), place, function);
                FlowValue loaded = Loaded(place, function);
                if (row.Operation == Operation.Cmpxchg)
                {
                    registers[0] = loaded;
                }
                else if (row.Fetches && insn.Src < Register.R10)
                {
                    registers[(int)insn.Src] = loaded;
                }

                break;
            case OpKind.LoadImmediate64:
                registers[(int)insn.Dst] = insn.Op is Op.LoadMapIndex ? new(FlowKind.Map, (int)insn.Imm) : FlowValue.Other;
                break;
            case OpKind.LegacyPacket:
                registers[..6].Fill(FlowValue.Other);
                break;
            case OpKind.Call:
                if (insn.Op is Op.CallLocal || _calls.MayKeep(insn))
                {
                    // The callee may store one of these addresses wherever another leads.
                    FlowValue lowest = FlowValue.Other;
                    for (int r = 1; r <= 5; r++)
                    {
                        if (registers[r].IsFrame)
                        {
                            lowest = FlowValue.From(lowest.IsFrame ? Math.Min(lowest.Value, registers[r].Value) : registers[r].Value);
                        }
                    }

                    Escape(lowest, lowest, function);
                }

                registers[..6].Fill(FlowValue.Other);
                break;
            case OpKind.Endian or OpKind.AddressSpaceCast:
                registers[(int)insn.Dst] = FlowValue.Other;
                break;
            case OpKind.Store or OpKind.StoreRelease or OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto
                or OpKind.IndirectJump or OpKind.Exit:
            default:
                break;
        }
    }

    private static FlowValue Compute(in DecodedInstruction insn, in OpcodeInfo row, ReadOnlySpan<FlowValue> registers)
    {
        FlowValue left = registers[(int)insn.Dst];
        FlowValue right = row.Operand == Operand.Reg ? Read(registers, insn.Src)
            : insn.Imm is >= int.MinValue and <= int.MaxValue ? new(FlowKind.Const, (int)insn.Imm) : FlowValue.Other;
        switch (row.Operation)
        {
            case Operation.Mov when row.Width == 64 || right.Kind == FlowKind.Const:
                return right;
            case Operation.Add when row.Width == 64 && right.Kind == FlowKind.Const:
                return left.Plus(right.Value);
            case Operation.Add when row.Width == 64 && left.Kind == FlowKind.Const:
                return right.Plus(left.Value);
            case Operation.Sub when row.Width == 64 && right.Kind == FlowKind.Const:
                return left.Plus(-(long)right.Value);
            default:
                return row.Width == 64 && (left.IsFrame || right.IsFrame) ? FlowValue.From(FlowValue.Lowest) : FlowValue.Other;
        }
    }

    private void Escape(FlowValue value, FlowValue place, int function)
    {
        if (!value.IsFrame || !place.IsFrame)
        {
            // Frame addresses that reach a map or packet come back as numbers: only the stack keeps them pointers.
            return;
        }

        _escape[function] = Math.Min(_escape[function], Math.Min(value.Value, -1));
        _holders[function] |= place.Kind == FlowKind.Frame ? Mask(place.Value, 8) : Mask(place.Value, 512);
    }

    private FlowValue Loaded(FlowValue place, int function)
    {
        ulong slots = place.Kind switch
        {
            FlowKind.Frame => Mask(place.Value, 8),
            FlowKind.FrameFrom => Mask(place.Value, 512),
            FlowKind.Unset or FlowKind.Other or FlowKind.Const or FlowKind.Map => 0,
            _ => 0,
        };
        return (slots & _holders[function]) != 0 ? FlowValue.From(_escape[function]) : FlowValue.Other;
    }

    private void FindAccesses(int slot, int function)
    {
        ref readonly DecodedInstruction insn = ref _map.Instructions[slot];
        ref readonly OpcodeInfo row = ref OpcodeTable.Get(insn.Op);
        ReadOnlySpan<FlowValue> registers = At(slot);
        int bytes = row.Width / 8;
        switch (row.Kind)
        {
            case OpKind.Load or OpKind.LoadAcquire:
                Reads[slot] = Range(Read(registers, insn.Src), insn.Offset, bytes);
                break;
            case OpKind.Atomic:
                Reads[slot] = Range(Read(registers, insn.Dst), insn.Offset, bytes);
                break;
            case OpKind.Store or OpKind.StoreRelease:
                FlowValue target = Read(registers, insn.Dst).Plus(insn.Offset);
                if (target.Kind == FlowKind.Frame && bytes == 8 && target.Value % 8 == 0 && target.Value < 0)
                {
                    Writes[slot] = Mask(target.Value, 8);
                }

                break;
            case OpKind.Call:
                for (int r = 1; r <= 5; r++)
                {
                    FlowValue argument = registers[r];
                    if (argument.IsFrame)
                    {
                        int size = insn.Op == Op.CallLocal ? -1 : _calls.ReadBytes(insn, r, registers);
                        Reads[slot] |= size < 0 || argument.Kind == FlowKind.FrameFrom
                            ? size == 0 ? 0 : Mask(argument.Value, 512)
                            : Mask(argument.Value, size);
                    }
                }

                // Through an address that lies in what it was given, the callee may reach further.
                if ((Reads[slot] & _holders[function]) != 0 && (insn.Op == Op.CallLocal || _calls.MayKeep(insn)))
                {
                    Reads[slot] |= Mask(_escape[function], 512);
                }

                break;
            case OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.LoadImmediate64 or OpKind.LegacyPacket
                or OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto or OpKind.IndirectJump or OpKind.Exit:
            default:
                break;
        }
    }

    private static ulong Range(FlowValue value, int offset, int bytes)
    {
        FlowValue target = value.Plus(offset);
        return target.Kind switch
        {
            FlowKind.Frame => Mask(target.Value, bytes),
            FlowKind.FrameFrom => Mask(target.Value, 512),
            FlowKind.Unset or FlowKind.Other or FlowKind.Const or FlowKind.Map => 0,
            _ => 0,
        };
    }
}
