using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Splits places on the stack into the parts that are accessed alike and makes SSA values of those whose address goes nowhere.</summary>
internal static class StackPromotion
{
    private sealed record Access(Inst Inst, int Offset, int Width);

    private sealed class Part
    {
        public int Start { get; set; }

        public int End { get; set; }

        public bool Escapes { get; set; }

        public List<Access> Accesses { get; } = [];
    }

    private sealed class Variable(IrType type)
    {
        public IrType Type { get; } = type;
    }

    /// <returns>Whether anything was promoted or split.</returns>
    public static bool Run(Function function)
    {
        Dictionary<Inst, List<(Inst User, int Index)>> users = Users(function);
        Dictionary<Inst, (Variable Variable, int Offset)> loads = [];
        bool split = false;
        foreach (Inst alloca in function.Entry.Insts.Where(i => i.Op == IrOp.Alloca).ToArray())
        {
            List<Part> parts = Partition(alloca, users);
            foreach (Part part in parts)
            {
                if (!part.Escapes && IsValue(part))
                {
                    IrType type = part.Accesses.Exists(a => ValueType(a.Inst) == IrType.Ptr) ? IrType.Ptr
                        : part.End - part.Start == 8 ? IrType.I64 : IrType.I32;
                    Variable variable = new(type);
                    foreach (Access access in part.Accesses)
                    {
                        loads[access.Inst] = (variable, access.Offset - part.Start);
                    }
                }
                else if (part.End - part.Start < alloca.Imm && (parts.Count > 1 || part.Start > 0))
                {
                    split |= Detach(function, alloca, part);
                }
            }
        }

        if (loads.Count > 0)
        {
            new Builder(function, loads).Run();
        }

        return loads.Count > 0 || split;
    }

    // Written whole, and read whole or, if it is a number, in parts.
    private static bool IsValue(Part part)
    {
        bool whole = part.Accesses.TrueForAll(a => a.Offset == part.Start && a.Offset + a.Width == part.End);
        return whole || (part.End - part.Start is 1 or 2 or 4 or 8
            && part.Accesses.TrueForAll(a => a.Inst.Op == IrOp.Load || (a.Offset == part.Start && a.Offset + a.Width == part.End))
            && !part.Accesses.Exists(a => ValueType(a.Inst) == IrType.Ptr));
    }

    private static IrType ValueType(Inst access) => access.Op == IrOp.Load ? access.Type : access.Args[1].Type;

    public static Dictionary<Inst, List<(Inst User, int Index)>> Users(Function function)
    {
        Dictionary<Inst, List<(Inst, int)>> users = [];
        foreach (Inst inst in function.AllInsts)
        {
            for (int i = 0; i < inst.Args.Count; i++)
            {
                if (inst.Args[i].Type != IrType.Ptr)
                {
                    continue;
                }

                if (!users.TryGetValue(inst.Args[i], out List<(Inst, int)>? list))
                {
                    users[inst.Args[i]] = list = [];
                }

                list.Add((inst, i));
            }
        }

        return users;
    }

    private static List<Part> Partition(Inst alloca, Dictionary<Inst, List<(Inst User, int Index)>> users)
    {
        List<Part> parts = [];
        int size = (int)alloca.Imm;
        Walk(alloca, 0);
        parts.Sort((a, b) => a.Start.CompareTo(b.Start));
        List<Part> merged = [];
        foreach (Part part in parts)
        {
            if (merged.Count > 0 && part.Start < merged[^1].End)
            {
                Part last = merged[^1];
                last.End = Math.Max(last.End, part.End);
                last.Escapes |= part.Escapes;
                last.Accesses.AddRange(part.Accesses);
            }
            else
            {
                merged.Add(part);
            }
        }

        return merged;

        void Walk(Inst address, long offset)
        {
            foreach ((Inst user, int index) in users.GetValueOrDefault(address) ?? [])
            {
                switch (user.Op)
                {
                    case IrOp.Add when index == 0 && user.Args[1].IsConst:
                        Walk(user, offset + user.Args[1].Imm);
                        break;
                    case IrOp.Sub when index == 0 && user.Args[1].IsConst:
                        Walk(user, offset - user.Args[1].Imm);
                        break;
                    case IrOp.Load or IrOp.Store when index == 0:
                        AddPart(offset + user.Offset, user.Width, user.Volatile ? null : user);
                        break;
                    case IrOp.Atomic when index == 0:
                        AddPart(offset + user.Offset, user.Width, null);
                        break;
                    case IrOp.Compare or IrOp.Branch:
                        break;
                    case IrOp.CallHelper or IrOp.CallKfunc when Known(user, index) is { } bytes:
                        AddPart(offset, bytes, null);
                        break;
                    default:
                        AddPart(0, size, null);
                        break;
                }
            }
        }

        void AddPart(long offset, int width, Inst? access)
        {
            if (offset < 0 || offset + width > size)
            {
                (offset, width, access) = (0, size, null);
            }

            Part part = new() { Start = (int)offset, End = (int)offset + width, Escapes = access is null };
            if (access is not null)
            {
                part.Accesses.Add(new Access(access, (int)offset, width));
            }

            parts.Add(part);
        }
    }

    private static int? Known(Inst call, int index)
    {
        if (call.Data is not CallShape shape)
        {
            return null;
        }

        foreach ((int argument, int bytes) in shape.Sizes)
        {
            if (argument == index)
            {
                return bytes;
            }
        }

        return null;
    }

    // The part gets a place of its own; what reached it through the old one is redirected.
    private static bool Detach(Function function, Inst alloca, Part part)
    {
        int alignment = Math.Max(1, (int)alloca.Width);
        while (part.Start % alignment != 0)
        {
            alignment /= 2;
        }

        List<Leaf> padding = [];
        foreach (Leaf gap in PaddingOf(alloca))
        {
            if (gap.Offset >= part.Start && gap.Offset + gap.Width <= part.End)
            {
                padding.Add(gap with { Offset = gap.Offset - part.Start });
            }
        }

        Inst place = function.Entry.Insert(0, new Inst(IrOp.Alloca, IrType.Ptr)
        {
            Imm = part.End - part.Start,
            Width = (byte)alignment,
            Space = Space.Stack,
            Data = padding,
            Source = alloca.Source,
        });
        bool changed = false;
        Redirect(alloca, 0);
        return changed;

        void Redirect(Inst address, long offset)
        {
            foreach (Block block in function.Blocks)
            {
                for (int k = 0; k < block.Insts.Count; k++)
                {
                    Inst user = block.Insts[k];
                    for (int i = 0; i < user.Args.Count; i++)
                    {
                        if (!ReferenceEquals(user.Args[i], address))
                        {
                            continue;
                        }

                        if (user.Op is IrOp.Add or IrOp.Sub && i == 0 && user.Args[1].IsConst && user.Type == IrType.Ptr)
                        {
                            Redirect(user, offset + (user.Op == IrOp.Add ? user.Args[1].Imm : -user.Args[1].Imm));
                            continue;
                        }

                        long at = offset + (user.Op is IrOp.Load or IrOp.Store or IrOp.Atomic && i == 0 ? user.Offset : 0);
                        if (at < part.Start || at >= part.End || user.Op is IrOp.Compare or IrOp.Branch)
                        {
                            continue;
                        }

                        changed = true;
                        if (user.Op is IrOp.Load or IrOp.Store or IrOp.Atomic && i == 0)
                        {
                            user.Args[0] = place;
                            user.Offset = (int)(at - part.Start);
                        }
                        else if (at == part.Start)
                        {
                            user.Args[i] = place;
                        }
                        else
                        {
                            Inst distance = new(IrOp.Const, IrType.I64) { Imm = at - part.Start };
                            Inst inner = new(IrOp.Add, IrType.Ptr, place, distance) { Source = user.Source };
                            block.Insert(k++, distance);
                            block.Insert(k++, inner);
                            user.Args[i] = inner;
                        }
                    }
                }
            }
        }
    }

    /// <summary>Bytes of a place that no field covers.</summary>
    public static IReadOnlyList<Leaf> PaddingOf(Inst alloca) => alloca.Data switch
    {
        List<Leaf> gaps => gaps,
        IlType type => StorageLayout.Padding(type),
        _ => [],
    };

    /// <summary>Braun's construction of SSA, with trivial phis removed at the end.</summary>
    private sealed class Builder(Function function, Dictionary<Inst, (Variable Variable, int Offset)> accesses)
    {
        private readonly Dictionary<(Variable, Block), Inst> _current = [];
        private readonly HashSet<Block> _filled = [];
        private readonly List<(Variable Variable, Inst Phi)> _incomplete = [];
        private readonly Dictionary<Inst, Inst> _replaced = [];

        public void Run()
        {
            foreach (Block block in function.Blocks)
            {
                Fill(block);
                _filled.Add(block);
            }

            for (int i = 0; i < _incomplete.Count; i++)
            {
                (Variable variable, Inst phi) = _incomplete[i];
                foreach (Block predecessor in phi.Block!.Predecessors)
                {
                    phi.Args.Add(AtEnd(variable, predecessor));
                }
            }

            function.Replace(_replaced);
            ControlFlow.RemoveTrivialPhis(function);
        }

        private void Fill(Block block)
        {
            List<Inst> kept = new(block.Insts.Count);
            Inst[] old = [.. block.Insts];
            block.Insts.RemoveAll(i => i.Op != IrOp.Phi);
            foreach (Inst inst in old)
            {
                if (inst.Op == IrOp.Phi)
                {
                    continue;
                }

                if (!accesses.TryGetValue(inst, out (Variable Variable, int Offset) access))
                {
                    kept.Add(inst);
                }
                else if (inst.Op == IrOp.Store)
                {
                    _current[(access.Variable, block)] = Function.Follow(_replaced, inst.Args[1]);
                }
                else
                {
                    _replaced[inst] = Read(inst, access.Offset, AtEnd(access.Variable, block), kept);
                }
            }

            block.Insts.AddRange(kept);
            foreach (Inst inst in kept)
            {
                inst.Block = block;
            }
        }

        // What is stored in a narrow variable is cut off when it is read; a part is shifted down first.
        private static Inst Read(Inst load, int offset, Inst value, List<Inst> into)
        {
            Inst Add(Inst inst)
            {
                inst.Source = load.Source;
                into.Add(inst);
                return inst;
            }

            if (offset > 0)
            {
                Inst distance = Add(new Inst(IrOp.Const, value.Type) { Imm = offset * 8 });
                value = Add(new Inst(IrOp.Shr, value.Type, value, distance));
            }

            bool narrow = load.Width < 4 || (load.Width == 4 && load.Type == IrType.I64);
            if (value.Type == IrType.I64 && (load.Type == IrType.I32 || load.Width == 4))
            {
                value = Add(new Inst(IrOp.Trunc, IrType.I32, value));
            }

            if (narrow && load.Signed)
            {
                return Add(new Inst(IrOp.Sext, load.Type, value) { Imm = load.Width * 8 });
            }

            if (value.Type == IrType.I32 && load.Type == IrType.I64)
            {
                value = Add(new Inst(IrOp.Zext, IrType.I64, value));
            }

            if (load.Width < 4)
            {
                Inst mask = Add(new Inst(IrOp.Const, value.Type) { Imm = load.Width == 1 ? 0xff : 0xffff });
                value = Add(new Inst(IrOp.And, value.Type, value, mask));
            }

            return value;
        }

        private Inst AtEnd(Variable variable, Block block)
        {
            if (_current.TryGetValue((variable, block), out Inst? value))
            {
                return Function.Follow(_replaced, value);
            }

            if (block.Predecessors.Count == 0)
            {
                value = new Inst(IrOp.Const, variable.Type);
                block.Insert(FirstFree(block), value);
            }
            else if (block.Predecessors.Count == 1 && _filled.Contains(block.Predecessors[0]))
            {
                value = AtEnd(variable, block.Predecessors[0]);
            }
            else
            {
                value = new Inst(IrOp.Phi, variable.Type);
                block.Insert(0, value);
                _incomplete.Add((variable, value));
            }

            _current[(variable, block)] = value;
            return value;
        }

        private static int FirstFree(Block block)
        {
            int index = 0;
            while (index < block.Insts.Count && block.Insts[index].Op == IrOp.Phi)
            {
                index++;
            }

            return index;
        }
    }
}
