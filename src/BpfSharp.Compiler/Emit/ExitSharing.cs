using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

/// <summary>
/// "r0 = constant; exit" at the end of a branch becomes a branch to any exit, with the constant set before the branch, where r0 is
/// free there.
/// </summary>
internal static class ExitSharing
{
    public static void Run(MachineFunction function)
    {
        SetEarly(function);
        MachineBlock? shared = function.Blocks.Find(b => b.Insts is [{ Kind: MachineKind.Exit }]);
        if (shared is null)
        {
            return;
        }

        // One bare exit: the others lead to it, and layout puts it where most fall through.
        foreach (MachineBlock block in function.Blocks.ToArray())
        {
            if (ReferenceEquals(block, shared))
            {
                continue;
            }

            MachineInst last = block.Insts[^1];
            if (last.Kind == MachineKind.Exit && block.Insts.Count > 1)
            {
                block.Insts[^1] = new MachineInst { Kind = MachineKind.Jump, Target = shared, Source = last.Source };
                block.Successors.Add(shared);
            }

            if (last.Target is { Insts: [{ Kind: MachineKind.Exit }] })
            {
                last.Target = shared;
            }

            if (last.Otherwise is { Insts: [{ Kind: MachineKind.Exit }] })
            {
                last.Otherwise = shared;
            }

            for (int i = 0; i < block.Successors.Count; i++)
            {
                if (block.Successors[i].Insts is [{ Kind: MachineKind.Exit }])
                {
                    block.Successors[i] = shared;
                }
            }
        }

        function.Blocks.RemoveAll(b => !ReferenceEquals(b, shared) && b.Insts is [{ Kind: MachineKind.Exit }]
            && !ReferenceEquals(b, function.Blocks[0]));
    }

    private static void SetEarly(MachineFunction function)
    {
        MachineBlock[] ends = [.. function.Blocks.Where(b => b.Insts is [{ Op: Op.Mov64Imm or Op.Mov32Imm, Dst: 0, Kind: MachineKind.Plain },
            { Kind: MachineKind.Exit }])];
        bool hasOther = function.Blocks.Any(b => b.Insts[^1].Kind == MachineKind.Exit && !ends.Contains(b)) || ends.Length > 1;
        if (!hasOther)
        {
            return;
        }

        // The one with most branches to it gains nothing from being set early by each: those with few first.
        foreach (MachineBlock end in ends)
        {
            MachineBlock[] before = [.. function.Blocks.Where(b => b.Successors.Contains(end))];
            if (before.Length == 0)
            {
                continue;
            }

            List<(MachineBlock Block, int Index)> sets = Plan(function, end, before);
            if (sets.Count != 1)
            {
                continue;
            }

            MachineInst constant = end.Insts[0];
            foreach ((MachineBlock block, int index) in sets)
            {
                block.Insts.Insert(index, new MachineInst
                {
                    Op = constant.Op,
                    Dst = 0,
                    Imm = constant.Imm,
                    Source = block.Insts[index].Source,
                });
            }

            end.Insts.RemoveAt(0);
        }
    }

    // Where the constant would have to be set so that every way to the end has it in r0: empty if that cannot be done.
    private static List<(MachineBlock, int)> Plan(MachineFunction function, MachineBlock end, MachineBlock[] before)
    {
        Dictionary<MachineBlock, bool> liveIn = LiveIn(function);
        List<(MachineBlock, int)> sets = [];
        HashSet<MachineBlock> holds = [];
        Dictionary<MachineBlock, List<MachineBlock>> predecessors = [];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineBlock successor in block.Successors.Distinct())
            {
                if (!predecessors.TryGetValue(successor, out List<MachineBlock>? list))
                {
                    predecessors[successor] = list = [];
                }

                list.Add(block);
            }
        }

        foreach (MachineBlock block in before)
        {
            if (Holds(block))
            {
                continue;
            }

            MachineInst last = block.Insts[^1];
            bool usesR0 = last.Kind == MachineKind.Branch && (last.Dst == 0 || last.Src == 0);
            if (usesR0 || block.Successors.Any(s => !ReferenceEquals(s, end) && liveIn[s]))
            {
                return [];
            }

            sets.Add((block, block.Insts.Count - 1));
            holds.Add(block);
            if (sets.Count > 1)
            {
                return [];
            }
        }

        return sets;

        // Whether r0 keeps the constant set earlier down to the end of a block.
        bool Holds(MachineBlock block)
        {
            for (int steps = 0; steps < 64; steps++)
            {
                if (holds.Contains(block))
                {
                    return true;
                }

                List<int> defs = [];
                foreach (MachineInst inst in block.Insts)
                {
                    inst.Defs(defs);
                }

                if (defs.Contains(0) || !predecessors.TryGetValue(block, out List<MachineBlock>? above) || above.Count != 1)
                {
                    return false;
                }

                block = above[0];
            }

            return false;
        }
    }

    private static Dictionary<MachineBlock, bool> LiveIn(MachineFunction function)
    {
        Dictionary<MachineBlock, bool> live = [];
        foreach (MachineBlock block in function.Blocks)
        {
            live[block] = false;
        }

        bool changed = true;
        List<int> registers = [];
        while (changed)
        {
            changed = false;
            foreach (MachineBlock block in function.Blocks)
            {
                bool now = block.Successors.Any(s => live[s]);
                for (int i = block.Insts.Count - 1; i >= 0; i--)
                {
                    registers.Clear();
                    block.Insts[i].Defs(registers);
                    now &= !registers.Contains(0);
                    registers.Clear();
                    block.Insts[i].Uses(registers);
                    now |= registers.Contains(0);
                }

                if (now != live[block])
                {
                    live[block] = now;
                    changed = true;
                }
            }
        }

        return live;
    }
}
