using System.Reflection.Emit;
using BpfSharp.Isa;

namespace BpfSharp.Runtime.Jit;

internal sealed unsafe partial class FunctionEmitter
{
    private const int MaxInlineSlots = 48;
    private const int MaxInlineBlocks = 8;

    private Label _exit;
    private LocalBuilder? _result;

    /// <summary>Whether a function is small enough, and simple enough, to stand where it is called.</summary>
    private bool IsInlinable(Callee callee)
    {
        if (callee.Flow.HasLoop || callee.Facts.Base.Length > MaxInlineSlots || callee.Flow.Starts.Length > MaxInlineBlocks)
        {
            return false;
        }

        for (int i = 0; i < callee.Facts.Base.Length; i++)
        {
            if (callee.Code[i].Op == Op.Invalid)
            {
                continue;
            }

            ref readonly OpcodeInfo row = ref OpcodeTable.Get(callee.Code[i].Op);
            bool accesses = row.Kind is OpKind.Load or OpKind.Store or OpKind.Atomic or OpKind.LoadAcquire or OpKind.StoreRelease;
            bool usesFrame = callee.Code[i].Dst == 10 || (row.Operand == Operand.Reg && callee.Code[i].Src == 10);

            // In checked code an access needs its region's borders, which are set where a method begins.
            if (row.Kind is OpKind.Call or OpKind.LegacyPacket or OpKind.MayGoto or OpKind.IndirectJump || usesFrame || (accesses && (_checked || (_inserts && _program.FindCheck(callee.Code + i) is not null))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a function where it is called; r0 to r9 of it are locals of their own.</summary>
    private void EmitInline(Callee callee)
    {
        FunctionEmitter inner = new(_program, callee.Code, callee.Flow, callee.Facts, _il, 0, _callee)
        {
            _exit = _il.DefineLabel(),
            _result = _il.DeclareLocal(typeof(ulong)),
            _cold = _cold,
            _regions = _regions,
            _slots = StackSlots.Find(callee.Code, callee.Flow, callee.Facts),
        };
        for (int r = 1; r <= callee.Arguments; r++)
        {
            LoadRegister(r);
            inner.StoreRegister(r);
        }

        for (int r = 0; r < 10; r++)
        {
            if ((r == 0 || r > callee.Arguments) && (callee.Flow.LiveIn[0] & (1 << r)) != 0)
            {
                LoadConstant(0);
                inner.StoreRegister(r);
            }
        }

        inner.EmitBody();
        _il.MarkLabel(inner._exit);
        _il.Emit(OpCodes.Ldloc, inner._result!);
        StoreRegister(0);
    }
}
