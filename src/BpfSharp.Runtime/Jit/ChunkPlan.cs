using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

/// <summary>How a function too large for RyuJIT's optimiser is cut into methods.</summary>
/// <remarks>
/// RyuJIT stops optimising above 60,000 bytes of IL, 2,000 blocks or 8,000 references to locals; a large function then ran
/// seven times slower. Between chunks the registers pass through memory, which costs little against that.
/// </remarks>
internal sealed unsafe class ChunkPlan
{
    private const int MaxWeight = 1600;

    private ChunkPlan(int[] firstBlocks, int[] chunkOf, int[] entryOf, List<int>[] entries)
    {
        FirstBlocks = firstBlocks;
        ChunkOf = chunkOf;
        EntryOf = entryOf;
        Entries = entries;
    }

    /// <summary>First block of each chunk.</summary>
    public int[] FirstBlocks { get; }

    /// <summary>Chunk of each block.</summary>
    public int[] ChunkOf { get; }

    /// <summary>Number of a block among the entries of its chunk; -1 if only its own chunk leads to it.</summary>
    public int[] EntryOf { get; }

    /// <summary>Blocks other chunks lead to, by chunk.</summary>
    public List<int>[] Entries { get; }

    /// <summary>Cuts a function; <see langword="null"/> if it is small enough to stay whole.</summary>
    public static ChunkPlan? Make(Code* code, FunctionFlow flow, bool isChecked)
    {
        int blocks = flow.Starts.Length;
        int[] weights = new int[blocks];
        for (int b = 0; b < blocks; b++)
        {
            weights[b] = 2;
            for (int i = flow.Starts[b]; i < flow.Ends[b]; i++)
            {
                weights[b] += isChecked && code[i].Op != Op.Invalid && Accesses(OpcodeTable.Get(code[i].Op).Kind) ? 3 : 1;
            }
        }

        if (weights.Sum() <= MaxWeight + MaxWeight / 4)
        {
            return null;
        }

        List<int> firsts = [];
        int[] chunkOf = new int[blocks];
        int weight = int.MaxValue / 2;
        for (int b = 0; b < blocks; b++)
        {
            if (weight + weights[b] > MaxWeight)
            {
                firsts.Add(b);
                weight = 0;
            }

            weight += weights[b];
            chunkOf[b] = firsts.Count - 1;
        }

        int[] entryOf = new int[blocks];
        Array.Fill(entryOf, -1);
        List<int>[] entries = [.. firsts.Select(_ => new List<int>())];
        AddEntry(0);
        for (int b = 0; b < blocks; b++)
        {
            int last = flow.Starts[b];
            int slots = Slots(code[last]);
            while (last + slots < flow.Ends[b])
            {
                last += slots;
                slots = Slots(code[last]);
            }

            (int falls, int jumps) = FunctionFlow.Successors(new ReadOnlySpan<Code>(code, flow.BlockAt.Length), last);
            foreach (int next in (ReadOnlySpan<int>)[falls, jumps])
            {
                if (next >= 0 && chunkOf[flow.BlockAt[next]] != chunkOf[b])
                {
                    AddEntry(flow.BlockAt[next]);
                }
            }
        }

        return new ChunkPlan([.. firsts], chunkOf, entryOf, entries);

        void AddEntry(int block)
        {
            if (entryOf[block] < 0)
            {
                entryOf[block] = entries[chunkOf[block]].Count;
                entries[chunkOf[block]].Add(block);
            }
        }
    }

    /// <summary>The number by which a chunk says where to go on.</summary>
    public int Encode(int block) => ChunkOf[block] << 16 | EntryOf[block];

    private static int Slots(in Code code) => code.Op == Op.LoadImm64 ? 2 : 1;

    private static bool Accesses(OpKind kind)
        => kind is OpKind.Load or OpKind.Store or OpKind.Atomic or OpKind.LoadAcquire or OpKind.StoreRelease;
}
