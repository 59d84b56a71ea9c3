using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

/// <summary>Blocks of one function, and which registers live where. Indices count from the function's first instruction.</summary>
internal sealed class FunctionFlow
{
    private const int LongBlock = 200;

    /// <summary>Finds blocks and liveness.</summary>
    /// <param name="code">The function's instructions, with the stop behind them.</param>
    /// <param name="argumentsOf">Arguments of the function that begins at a distance from an instruction.</param>
    public FunctionFlow(ReadOnlySpan<Code> code, Func<int, int> argumentsOf)
    {
        FindBlocks(code);
        FindLiveness(code, argumentsOf);
    }

    /// <summary>First instructions of blocks, ascending; only those control can reach.</summary>
    public int[] Starts { get; private set; } = [];

    /// <summary>Block that begins at an instruction, or -1.</summary>
    public int[] BlockAt { get; private set; } = [];

    /// <summary>Registers alive at the start of each block.</summary>
    public int[] LiveIn { get; private set; } = [];

    /// <summary>Instructions after the last of each block.</summary>
    public int[] Ends { get; private set; } = [];

    /// <summary>Whether some jump leads backwards.</summary>
    public bool HasLoop { get; private set; }

    /// <summary>Highest argument register the function reads before writing it.</summary>
    public int ArgumentCount
    {
        get
        {
            int live = LiveIn[0] & 0b11_1110;
            return live == 0 ? 0 : System.Numerics.BitOperations.Log2((uint)live);
        }
    }

    /// <summary>Where control can go after the block's last instruction: fall through, and jump; -1 for neither.</summary>
    public static (int Falls, int Jumps) Successors(ReadOnlySpan<Code> code, int last)
    {
        ref readonly Code i = ref code[last];
        switch (i.Op)
        {
            case Op.Invalid:
            case Op.Exit:
            case Op.GotoX:
                return (-1, -1);
            case Op.Ja:
            case Op.Ja32:
                return (-1, last + 1 + i.Offset);
            default:
                OpKind kind = OpcodeTable.Get(i.Op).Kind;
                int next = kind == OpKind.LoadImmediate64 ? last + 2 : last + 1;
                return (next, kind is OpKind.ConditionalJump or OpKind.MayGoto ? last + 1 + i.Offset : -1);
        }
    }

    private void FindBlocks(ReadOnlySpan<Code> code)
    {
        bool[] starts = new bool[code.Length];
        bool[] reached = new bool[code.Length];
        Stack<int> work = new();
        work.Push(0);
        starts[0] = true;
        while (work.TryPop(out int at))
        {
            while (at >= 0 && !reached[at])
            {
                reached[at] = true;
                (int falls, int jumps) = Successors(code, at);
                if (jumps >= 0)
                {
                    HasLoop |= jumps <= at;
                    starts[jumps] = true;
                    work.Push(jumps);
                    if (falls >= 0)
                    {
                        starts[falls] = true;
                    }
                }

                at = falls;
            }
        }

        CutLongBlocks(starts, reached);
        List<int> list = [];
        BlockAt = new int[code.Length];
        Array.Fill(BlockAt, -1);
        for (int i = 0; i < code.Length; i++)
        {
            if (starts[i] && reached[i])
            {
                BlockAt[i] = list.Count;
                list.Add(i);
            }
        }

        Starts = [.. list];
        Ends = new int[Starts.Length];
        for (int b = 0; b < Starts.Length; b++)
        {
            int at = Starts[b];
            while (true)
            {
                (int falls, int jumps) = Successors(code, at);
                if (falls < 0 || jumps >= 0 || BlockAt[falls] >= 0)
                {
                    Ends[b] = OpcodeSlots(code[at]) + at;
                    break;
                }

                at = falls;
            }
        }
    }

    // A large function is cut between blocks, so none may be too long.
    private static void CutLongBlocks(bool[] starts, bool[] reached)
    {
        if (starts.Length < 1500)
        {
            return;
        }

        int length = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            length = starts[i] ? 0 : length + 1;
            if (length >= LongBlock && reached[i])
            {
                starts[i] = true;
                length = 0;
            }
        }
    }

    private static int OpcodeSlots(in Code i) => i.Op == Op.LoadImm64 ? 2 : 1;

    private void FindLiveness(ReadOnlySpan<Code> code, Func<int, int> argumentsOf)
    {
        int count = Starts.Length;
        int[] reads = new int[count];
        int[] writes = new int[count];
        (int Falls, int Jumps)[] next = new (int, int)[count];
        for (int b = 0; b < count; b++)
        {
            int last = Starts[b];
            for (int i = Starts[b]; i < Ends[b]; i += OpcodeSlots(code[i]))
            {
                int callee = code[i].Op == Op.CallLocal ? argumentsOf(i + 1 + code[i].Offset) : 0;
                reads[b] |= RegisterUse.Reads(code[i], callee) & ~writes[b];
                writes[b] |= RegisterUse.Writes(code[i]);
                last = i;
            }

            (int falls, int jumps) = Successors(code, last);
            next[b] = (falls < 0 ? -1 : BlockAt[falls], jumps < 0 ? -1 : BlockAt[jumps]);
        }

        LiveIn = new int[count];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int b = count - 1; b >= 0; b--)
            {
                int live = (next[b].Falls < 0 ? 0 : LiveIn[next[b].Falls]) | (next[b].Jumps < 0 ? 0 : LiveIn[next[b].Jumps]);
                live = reads[b] | (live & ~writes[b]);
                if (live != LiveIn[b])
                {
                    LiveIn[b] = live;
                    changed = true;
                }
            }
        }
    }
}
