using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

internal sealed unsafe partial class FunctionEmitter
{
    // How far back from a jump moves are looked at, and the part of sums that waits, by register.
    private const int SinkDistance = 4;

    private readonly LocalBuilder?[] _waiting = new LocalBuilder?[10];
    private readonly bool[] _isWaiting = new bool[10];

    private void EmitBlock(int block)
    {
        int end = _flow.Ends[block];
        int last = _flow.Starts[block];
        while (last + Slots(last) < end)
        {
            last += Slots(last);
        }

        (int falls, int jumps) = FunctionFlow.Successors(new ReadOnlySpan<Code>(_code, _length), last);
        List<int> intoFall = [];
        List<int> intoJump = [];
        if (falls >= 0 && jumps > last && OpcodeTable.Get(_code[last].Op).Kind == OpKind.ConditionalJump)
        {
            FindSinks(block, last, _flow.LiveIn[_flow.BlockAt[falls]], _flow.LiveIn[_flow.BlockAt[jumps]], intoFall, intoJump);
        }

        for (int i = _flow.Starts[block]; i < end;)
        {
            if (intoFall.Contains(i) || intoJump.Contains(i))
            {
                i++;
            }
            else if (i == last && intoJump.Count > 0)
            {
                EmitConditionalJump(i, OpcodeTable.Get(_code[i].Op), Cold(() =>
                {
                    EmitMoves(intoJump, end);
                    _il.Emit(OpCodes.Br, LabelOf(_flow.BlockAt[jumps]));
                }));
                i++;
            }
            else if (_code[i].Op == Op.Add64Reg && TryEmitSum(i, end))
            {
                i++;
            }
            else
            {
                i += EmitInstruction(i, end);
            }
        }

        EmitMoves(intoFall, end);

        // Behind a 64-bit load stands its second slot, which a hostile program can jump to.
        if (falls >= 0 && (block + 1 > _lastBlock || _flow.Starts[block + 1] != falls))
        {
            _il.Emit(OpCodes.Br, LabelOf(_flow.BlockAt[falls]));
        }
    }

    private int Slots(int index) => _code[index].Op == Op.LoadImm64 ? 2 : 1;

    private void EmitMoves(List<int> moves, int end)
    {
        for (int k = moves.Count - 1; k >= 0; k--)
        {
            EmitInstruction(moves[k], end);
        }
    }

    // Moves before a conditional jump whose result only one way needs are written on that way. Found last first.
    private void FindSinks(int block, int last, int liveFall, int liveJump, List<int> intoFall, List<int> intoJump)
    {
        int read = RegisterUse.Reads(_code[last], 5);
        int written = 0;
        int first = Math.Max(_flow.Starts[block], last - SinkDistance);
        for (int i = last - 1; i >= first; i--)
        {
            ref Code code = ref _code[i];
            if (code.Op is Op.LoadImm64 or Op.Invalid || (i > first && _code[i - 1].Op == Op.LoadImm64))
            {
                return;
            }

            int dst = 1 << code.Dst;
            bool moves = code.Op is Op.Mov64Imm or Op.Mov64Reg or Op.Mov32Imm or Op.Mov32Reg;
            int source = RegisterUse.Reads(code, 5);
            bool falls = (liveFall & dst) != 0;
            bool jumps = (liveJump & dst) != 0;
            if (moves && falls != jumps && ((read | written) & dst) == 0 && (written & source) == 0 && source != dst)
            {
                (falls ? intoFall : intoJump).Add(i);

                // It now happens later: nothing before it may overtake what it reads, nothing may write its register.
                written |= dst;
                read |= source | dst;
                continue;
            }

            read |= source;
            written |= RegisterUse.Writes(code);
        }
    }

    // Additions to one register with nothing between that uses it wait in a sum of their own: the register's chain of
    // dependent additions, which bounds a loop's speed, becomes as short as one.
    private bool TryEmitSum(int index, int end)
    {
        ref Code i = ref _code[index];
        if (i.Dst == i.Src || i.Src == 10)
        {
            return false;
        }

        bool goesOn = false;
        for (int k = index + 1; k < end; k += Slots(k))
        {
            if (((RegisterUse.Reads(_code[k], 5) | RegisterUse.Writes(_code[k])) & (1 << i.Dst)) != 0)
            {
                goesOn = _code[k].Op == Op.Add64Reg && _code[k].Dst == i.Dst && _code[k].Src != i.Dst && _code[k].Src != 10;
                break;
            }
        }

        if (!goesOn && !_isWaiting[i.Dst])
        {
            return false;
        }

        LocalBuilder waiting = _waiting[i.Dst] ??= _il.DeclareLocal(typeof(ulong));
        if (!goesOn)
        {
            LoadRegister(i.Dst);
        }

        LoadRegister(i.Src);
        if (_isWaiting[i.Dst])
        {
            _il.Emit(OpCodes.Ldloc, waiting);
            _il.Emit(OpCodes.Add);
        }

        _isWaiting[i.Dst] = goesOn;
        if (goesOn)
        {
            _il.Emit(OpCodes.Stloc, waiting);
            return true;
        }

        _il.Emit(OpCodes.Add);
        StoreRegister(i.Dst);
        return true;
    }
}
