using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Jit;

/// <summary>Pieces of the stack frame that can live in locals, because nothing else can see their memory.</summary>
/// <remarks>
/// A piece is one offset and size; pieces that overlap, or that something else could reach (an address that escapes, the
/// key of a lookup that is done by a call), stay in memory.
/// </remarks>
internal sealed unsafe class StackSlots
{
    private readonly Dictionary<int, (int Bytes, LocalBuilder? Local)> _pieces = [];

    /// <summary>No piece: everything stays in memory, which somebody else clears.</summary>
    public static StackSlots Memory { get; } = new();

    /// <summary>Whether some access goes to the frame's memory.</summary>
    public bool UsesMemory { get; private set; }

    /// <summary>Finds the pieces of a function.</summary>
    public static StackSlots Find(Code* code, FunctionFlow flow, FunctionFacts facts)
    {
        StackSlots slots = new();
        List<(int From, int To)> memory = [];
        Dictionary<int, int> pieces = [];
        for (int block = 0; block < flow.Starts.Length; block++)
        {
            for (int i = flow.Starts[block]; i < flow.Ends[block]; i += code[i].Op == Op.LoadImm64 ? 2 : 1)
            {
                OpKind kind = code[i].Op == Op.Invalid ? OpKind.Exit : OpcodeTable.Get(code[i].Op).Kind;
                if (kind == OpKind.Call)
                {
                    Value key = facts.Second[i];
                    if (facts.IsLookup(i) && key is { Kind: ValueKind.Stack, HasOffset: true })
                    {
                        RuntimeMap map = facts.Map(i);
                        if (map.LookupShape.Kind == LookupKind.Array && map.Spec.KeySize == 4)
                        {
                            Note(pieces, memory, (int)key.Offset, 4);
                        }
                        else
                        {
                            memory.Add(((int)key.Offset, (int)key.Offset + map.Spec.KeySize));
                        }
                    }
                }
                else if (kind is OpKind.Load or OpKind.Store or OpKind.Atomic or OpKind.LoadAcquire or OpKind.StoreRelease
                    && facts.Base[i].Kind == ValueKind.Stack)
                {
                    int bytes = OpcodeTable.Get(code[i].Op).Width / 8;
                    int offset = (int)facts.Base[i].Offset + code[i].Offset;
                    if (!facts.Base[i].HasOffset)
                    {
                        memory.Add((int.MinValue, int.MaxValue));
                    }
                    else if (kind is OpKind.Load or OpKind.Store && offset >= -512 && offset + bytes <= 0)
                    {
                        Note(pieces, memory, offset, bytes);
                    }
                    else
                    {
                        memory.Add((offset, offset + bytes));
                    }
                }
            }
        }

        slots.UsesMemory = memory.Count > 0 || facts.StackEscapes;
        if (facts.StackEscapes)
        {
            return slots;
        }

        foreach ((int offset, int bytes) in pieces)
        {
            bool alone = !memory.Exists(m => m.From < offset + bytes && offset < m.To);
            foreach ((int other, int size) in pieces)
            {
                alone &= other == offset || other >= offset + bytes || offset >= other + size;
            }

            if (alone)
            {
                slots._pieces.Add(offset, (bytes, null));
            }
            else
            {
                slots.UsesMemory = true;
            }
        }

        return slots;
    }

    /// <summary>The local of a piece, if it lives in one.</summary>
    public bool TryGet(int offset, int bytes, ILGenerator il, out LocalBuilder local)
    {
        local = null!;
        if (!_pieces.TryGetValue(offset, out (int Bytes, LocalBuilder? Local) piece) || piece.Bytes != bytes)
        {
            return false;
        }

        local = piece.Local ?? il.DeclareLocal(typeof(ulong));
        _pieces[offset] = (bytes, local);
        return true;
    }

    private static void Note(Dictionary<int, int> pieces, List<(int From, int To)> memory, int offset, int bytes)
    {
        if (!pieces.TryAdd(offset, bytes) && pieces[offset] != bytes)
        {
            memory.Add((offset, offset + Math.Max(bytes, pieces[offset])));
        }
    }
}
