using BpfSharp.Isa;

namespace BpfSharp.Runtime.Interpreter;

/// <summary>Meanings of the interpreter's own: several instructions that compilers write one after the other, done in one step.</summary>
/// <remarks>
/// Reaching an instruction costs the interpreter more than doing it. The instructions that were joined stay where they are,
/// so that jumps into the middle find them; only those that cannot stop a run are joined.
/// </remarks>
internal static class FusedOp
{
    /// <summary>dst = src + imm.</summary>
    public const Op MovAddImm = (Op)200;
    /// <summary>dst = src + r[offset].</summary>
    public const Op MovAddReg = (Op)201;
    /// <summary>dst = src ^ r[offset].</summary>
    public const Op MovXorReg = (Op)202;
    /// <summary>dst = src | r[offset].</summary>
    public const Op MovOrReg = (Op)203;
    /// <summary>dst = src &amp; imm.</summary>
    public const Op MovAndImm = (Op)204;
    /// <summary>dst = src &lt;&lt; imm.</summary>
    public const Op MovLshImm = (Op)205;
    /// <summary>dst = src &gt;&gt; imm, unsigned.</summary>
    public const Op MovRshImm = (Op)206;
    /// <summary>src = dst &gt;&gt; imm; dst = dst &lt;&lt; offset | src: four slots, mostly a rotation.</summary>
    public const Op Rotate = (Op)207;
    /// <summary>dst += low half of imm; jumps by offset from the next slot if dst differs from the high half.</summary>
    public const Op AddJumpNotEqual = (Op)208;
    /// <summary>src = dst &lt;&lt; imm; dst = dst &gt;&gt; offset | src: as <see cref="Rotate"/>, the halves exchanged.</summary>
    public const Op RotateRight = (Op)209;

    /// <summary>A 32-bit load that may be of a pointer in the context: see <see cref="ContextAccess"/>.</summary>
    public const Op LoadContext32 = (Op)210;

    /// <summary>The same program with what can be joined joined.</summary>
    public static Code[] Fuse(ReadOnlySpan<Code> plain, Code[] fused)
    {
        plain.CopyTo(fused);
        for (int i = 0; i + 1 < plain.Length; i++)
        {
            ref readonly Code a = ref plain[i];
            ref readonly Code b = ref plain[i + 1];
            if (a.Op == Op.Load32 && a.Imm == ContextAccess.MayBePointer)
            {
                fused[i].Op = LoadContext32;
                continue;
            }

            if (a.Op == Op.Mov64Reg && b.Dst == a.Dst)
            {
                if (i + 3 < plain.Length && IsRotation(a, b, plain[i + 2], plain[i + 3]))
                {
                    fused[i] = new Code
                    {
                        Op = b.Op == Op.Rsh64Imm ? Rotate : RotateRight,
                        Dst = a.Src,
                        Src = a.Dst,
                        Imm = b.Imm,
                        Offset = (int)plain[i + 2].Imm,
                    };
                    continue;
                }

                Op op = b.Op switch
                {
                    Op.Add64Imm => MovAddImm,
                    Op.Add64Reg when b.Src != a.Dst => MovAddReg,
                    Op.Xor64Reg when b.Src != a.Dst => MovXorReg,
                    Op.Or64Reg when b.Src != a.Dst => MovOrReg,
                    Op.And64Imm => MovAndImm,
                    Op.Lsh64Imm => MovLshImm,
                    Op.Rsh64Imm => MovRshImm,
                    _ => Op.Invalid,
                };
                if (op != Op.Invalid)
                {
                    fused[i] = new Code { Op = op, Dst = a.Dst, Src = a.Src, Imm = b.Imm, Offset = b.Src };
                }
            }
            else if (a.Op == Op.Add64Imm && b.Op == Op.Jne64Imm && b.Dst == a.Dst)
            {
                fused[i] = new Code
                {
                    Op = AddJumpNotEqual,
                    Dst = a.Dst,
                    Offset = b.Offset,
                    Imm = (uint)a.Imm | (b.Imm << 32),
                };
            }
        }

        return fused;
    }

    // t = x; t >>= m; x <<= n; x |= t, or with the shifts exchanged.
    private static bool IsRotation(in Code move, in Code first, in Code second, in Code join)
        => move.Src != move.Dst && second.Dst == move.Src && join.Op == Op.Or64Reg && join.Dst == move.Src && join.Src == move.Dst
            && ((first.Op == Op.Rsh64Imm && second.Op == Op.Lsh64Imm) || (first.Op == Op.Lsh64Imm && second.Op == Op.Rsh64Imm));
}
