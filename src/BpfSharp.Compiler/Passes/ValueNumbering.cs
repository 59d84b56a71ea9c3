using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Global value numbering by dominators. For pointer arithmetic the verifier needs it: two sums are two pointers to it.</summary>
internal sealed class ValueNumbering(Function function)
{
    private readonly record struct Key(
        IrOp Op, IrType Type, long Imm, int Offset, byte Width, bool Signed, Cond Cond, object? Data, Inst? A, Inst? B, int Memory);

    private readonly Dictionary<Key, Stack<Inst>> _table = [];
    private readonly Dictionary<Inst, Inst> _replaced = [];
    private readonly Dictionary<Block, (int Stack, int Other)> _atEnd = [];
    private int _memory;

    // Helpers that change no memory the program reads.
    private static readonly HashSet<long> s_harmless = [1, 5, 7, 8, 14, 15, 35, 42, 125, 158, 160, 208];

    public bool Run()
    {
        Dictionary<Block, List<Block>> children = [];
        foreach (Block block in function.Blocks)
        {
            if (block.Dominator is { } above)
            {
                if (!children.TryGetValue(above, out List<Block>? list))
                {
                    children[above] = list = [];
                }

                list.Add(block);
            }
        }

        Stack<(Block Block, List<Key>? Scope)> work = new();
        work.Push((function.Entry, null));
        while (work.Count > 0)
        {
            (Block block, List<Key>? scope) = work.Pop();
            if (scope is not null)
            {
                foreach (Key key in scope)
                {
                    _table[key].Pop();
                }

                continue;
            }

            List<Key> mine = [];
            work.Push((block, mine));
            Visit(block, mine);
            foreach (Block child in children.GetValueOrDefault(block) ?? [])
            {
                work.Push((child, null));
            }
        }

        function.Replace(_replaced);
        foreach (Block block in function.Blocks)
        {
            block.Insts.RemoveAll(_replaced.ContainsKey);
        }

        return _replaced.Count > 0;
    }

    private void Visit(Block block, List<Key> scope)
    {
        (int Stack, int Other) memory = block.Predecessors.Count == 1 && _atEnd.TryGetValue(block.Predecessors[0], out (int, int) before)
            ? before
            : (++_memory, ++_memory);
        foreach (Inst inst in block.Insts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                inst.Args[i] = Function.Follow(_replaced, inst.Args[i]);
            }

            if (inst.IsPure)
            {
                Inst? a = inst.Args.Count > 0 ? inst.Args[0] : null;
                Inst? b = inst.Args.Count > 1 ? inst.Args[1] : null;
                if (inst.Op is IrOp.Add or IrOp.Mul or IrOp.And or IrOp.Or or IrOp.Xor && b is { IsConst: false } && a!.Id > b.Id
                    && a.Type == b.Type)
                {
                    (a, b) = (b, a);
                }

                if (inst.Op != IrOp.Opaque || inst.Imm == 1)
                {
                    Number(inst, KeyOf(inst, a, b, 0), scope);
                }

                continue;
            }

            switch (inst.Op)
            {
                case IrOp.Load when !inst.Volatile:
                    Number(inst, KeyOf(inst, inst.Args[0], null, IsStack(inst.Args[0]) ? memory.Stack : memory.Other), scope);
                    break;
                case IrOp.Store:
                    if (IsStack(inst.Args[0]))
                    {
                        memory.Stack = ++_memory;
                    }
                    else
                    {
                        memory.Other = ++_memory;
                        if (MayBeStack(inst.Args[0]))
                        {
                            memory.Stack = ++_memory;
                        }
                    }

                    Forward(inst, memory, scope);
                    break;
                case IrOp.Atomic or IrOp.CallLocal or IrOp.CallKfunc:
                    memory = (++_memory, ++_memory);
                    break;
                case IrOp.CallHelper when !s_harmless.Contains(inst.Imm):
                    memory = (++_memory, ++_memory);
                    break;
            }
        }

        _atEnd[block] = memory;
    }

    // What was just stored is what a load of the same place reads.
    private void Forward(Inst store, (int Stack, int Other) memory, List<Key> scope)
    {
        Inst value = store.Args[1];
        if (store.Volatile || (store.Width == 4 && value.Type != IrType.I32) || store.Width < 4)
        {
            return;
        }

        Key key = new(IrOp.Load, value.Type, 0, store.Offset, store.Width, false, default, null, store.Args[0], null,
            IsStack(store.Args[0]) ? memory.Stack : memory.Other);
        Push(key, value, scope);
        if (store.Width == 4)
        {
            Push(key with { Signed = true }, value, scope);
        }
    }

    private static Key KeyOf(Inst inst, Inst? a, Inst? b, int memory)
    {
        // Equal constants are one value here, whichever instruction makes them.
        return new(inst.Op, inst.Type, inst.Imm, inst.Offset, inst.Width, inst.Signed, inst.Cond,
            inst.Op == IrOp.Load ? null : inst.Data, a, b, memory);
    }

    private void Number(Inst inst, Key key, List<Key> scope)
    {
        if (_table.TryGetValue(key, out Stack<Inst>? known) && known.Count > 0)
        {
            _replaced[inst] = known.Peek();
            return;
        }

        Push(key, inst, scope);
    }

    private void Push(Key key, Inst value, List<Key> scope)
    {
        if (!_table.TryGetValue(key, out Stack<Inst>? stack))
        {
            _table[key] = stack = new Stack<Inst>();
        }

        stack.Push(value);
        scope.Add(key);
    }

    private static bool IsStack(Inst address) => Addresses.Root(address).Op == IrOp.Alloca;

    private static bool MayBeStack(Inst address) => Addresses.Root(address) is var root
        && !(root.Op is IrOp.MapValue || root.Space is Space.Packet or Space.MapValue or Space.Context);
}
