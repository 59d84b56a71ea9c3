using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

/// <summary>Which registers an instruction reads and writes; a register is a bit.</summary>
internal static class RegisterUse
{
    private const int Arguments = 0b11_1110;

    /// <summary>Registers read.</summary>
    /// <param name="i">The instruction.</param>
    /// <param name="callee">Arguments of the function a local call leads to.</param>
    public static int Reads(in Code i, int callee)
    {
        if (i.Op == Op.Invalid)
        {
            return 0;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(i.Op);
        int dst = 1 << i.Dst;
        int src = row.Operand == Operand.Reg ? 1 << i.Src : 0;
        return row.Kind switch
        {
            OpKind.Alu => row.Operation is Operation.Mov or Operation.MovSx ? src : dst | src,
            OpKind.Endian => dst,
            OpKind.AddressSpaceCast or OpKind.Load or OpKind.LoadAcquire => src,
            OpKind.Store or OpKind.StoreRelease => dst | src,
            OpKind.Atomic => dst | src | (row.Operation == Operation.Cmpxchg ? 1 : 0),
            OpKind.LegacyPacket => src,
            OpKind.ConditionalJump => dst | src,
            OpKind.Call => i.Op switch
            {
                Op.CallLocal => Low(callee),
                Op.CallReg => dst | Arguments,
                Op.CallHelper => i.Src == (byte)CallForm.TailCall ? Low(3) : Low(ArgumentCount(i)),
                _ => Arguments,
            },
            OpKind.Exit => 1,
            OpKind.LoadImmediate64 or OpKind.Jump or OpKind.MayGoto or OpKind.IndirectJump => 0,
            _ => 0,
        };
    }

    /// <summary>Registers written.</summary>
    public static int Writes(in Code i)
    {
        if (i.Op == Op.Invalid)
        {
            return 0;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(i.Op);
        return row.Kind switch
        {
            OpKind.Alu or OpKind.Endian or OpKind.AddressSpaceCast or OpKind.Load or OpKind.LoadAcquire
                or OpKind.LoadImmediate64 => 1 << i.Dst,
            OpKind.Atomic => row.Operation == Operation.Cmpxchg ? 1 : row.Fetches ? 1 << i.Src : 0,
            OpKind.LegacyPacket or OpKind.Call => 1,
            OpKind.Store or OpKind.StoreRelease or OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto
                or OpKind.IndirectJump or OpKind.Exit => 0,
            _ => 0,
        };
    }

    /// <summary>Arguments a helper takes.</summary>
    public static int ArgumentCount(in Code call)
    {
        HelperInfo? info = Helper(call);
        return info is null || info.Has(HelperTraits.Variadic) ? 5 : info.Arguments.Length;
    }

    /// <summary>The table's row of a helper call; null for kernel functions and a test's own helpers.</summary>
    public static HelperInfo? Helper(in Code call)
    {
        if (call.Op != Op.CallHelper || call.Src == (byte)CallForm.TailCall || call.Offset < 0)
        {
            return null;
        }

        HelperRow row = HelperBodies.Row(call.Offset);
        return row.Id > 0 ? HelperTable.Find(row.Id) : null;
    }

    private static int Low(int arguments) => ((1 << arguments) - 1) << 1;
}
