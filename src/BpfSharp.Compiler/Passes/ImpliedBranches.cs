using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>Drops tests whose outcome the tests on the way there have settled already (bounds checks in counted loops, for one).</summary>
internal static class ImpliedBranches
{
    public static bool Run(Function function)
    {
        function.Renumber();
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            if (block.Terminator is { Op: IrOp.Branch } branch && !(branch.Args[0].IsConst && branch.Args[1].IsConst)
                && Outcome(block, branch) is { } holds)
            {
                Inst a = new(IrOp.Const, IrType.I32) { Imm = holds ? 1 : 0, Source = branch.Source };
                Inst b = new(IrOp.Const, IrType.I32) { Source = branch.Source };
                block.Insert(block.Insts.Count - 1, a);
                block.Insert(block.Insts.Count - 1, b);
                branch.Args.Clear();
                branch.Args.AddRange([a, b]);
                branch.Cond = Cond.Ne;
                changed = true;
            }
        }

        return changed;
    }

    private static bool? Outcome(Block block, Inst branch)
    {
        (Inst a, Inst b) = (branch.Args[0], branch.Args[1]);
        bool isRange = b.IsConst && a.Type != IrType.Ptr;
        Range range = isRange ? Range.Of(a) : default;
        for (Block at = block; at.Dominator is { } above; at = above)
        {
            if (at.Predecessors.Count != 1 || above.Terminator is not { Op: IrOp.Branch } test
                || ReferenceEquals(test.Targets[0], test.Targets[1]))
            {
                continue;
            }

            bool taken = ReferenceEquals(test.Targets[0], at);
            Cond cond = taken ? test.Cond : test.Cond.Negate();
            if (ReferenceEquals(test.Args[0], a) && ReferenceEquals(test.Args[1], b))
            {
                if (cond == branch.Cond)
                {
                    return true;
                }

                if (cond == branch.Cond.Negate())
                {
                    return false;
                }
            }

            if (PacketOutcome(test, cond, branch) is { } fits)
            {
                return fits;
            }

            if (isRange && ReferenceEquals(test.Args[0], a) && test.Args[1].IsConst)
            {
                range.Apply(cond, test.Args[1].Imm);
            }
        }

        return isRange ? range.Decide(branch.Cond, b.Imm) : null;
    }

    // Where more bytes behind the same pointer are known to be in the packet, fewer are: packets do not wrap around the address space,
    // and the verifier keeps the greater range with the pointer.
    private static bool? PacketOutcome(Inst test, Cond known, Inst branch)
    {
        if (branch.Cond is not (Cond.Ugt or Cond.Ule) || known != Cond.Ule || !ReferenceEquals(test.Args[1], branch.Args[1])
            || branch.Args[1] is not { Type: IrType.Ptr, Space: Space.PacketEnd })
        {
            return null;
        }

        (Inst base1, long more) = Addresses.Split(test.Args[0]);
        (Inst base2, long fewer) = Addresses.Split(branch.Args[0]);
        return ReferenceEquals(base1, base2) && fewer >= 0 && fewer <= more ? branch.Cond == Cond.Ule : null;
    }

    /// <summary>Bounds of a value, read both ways.</summary>
    private struct Range
    {
        private bool _narrow;
        private ulong _low;
        private ulong _high;
        private long _least;
        private long _most;

        public static Range Of(Inst value)
        {
            bool narrow = value.Type == IrType.I32;
            int bits = Ranges.Bits(value, proved: true);
            Range range = new()
            {
                _narrow = narrow,
                _high = bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1,
                _least = narrow ? int.MinValue : long.MinValue,
                _most = narrow ? int.MaxValue : long.MaxValue,
            };
            if (Ranges.IsNonNegative(value, proved: true))
            {
                range._least = 0;
            }

            if (Ranges.CounterLimit(value) is { } limit)
            {
                range._most = Math.Min(range._most, limit);
            }

            range.Join();
            return range;
        }

        public void Apply(Cond cond, long constant)
        {
            ulong u = _narrow ? (uint)constant : (ulong)constant;
            long s = _narrow ? (int)constant : constant;
            switch (cond)
            {
                case Cond.Eq:
                    (_low, _high, _least, _most) = (Math.Max(_low, u), Math.Min(_high, u), Math.Max(_least, s), Math.Min(_most, s));
                    break;
                case Cond.Ult when u > 0:
                    _high = Math.Min(_high, u - 1);
                    break;
                case Cond.Ule:
                    _high = Math.Min(_high, u);
                    break;
                case Cond.Ugt when u < ulong.MaxValue:
                    _low = Math.Max(_low, u + 1);
                    break;
                case Cond.Uge:
                    _low = Math.Max(_low, u);
                    break;
                case Cond.Slt when s > long.MinValue:
                    _most = Math.Min(_most, s - 1);
                    break;
                case Cond.Sle:
                    _most = Math.Min(_most, s);
                    break;
                case Cond.Sgt when s < long.MaxValue:
                    _least = Math.Max(_least, s + 1);
                    break;
                case Cond.Sge:
                    _least = Math.Max(_least, s);
                    break;
                case Cond.Ne when u == _low && _low < _high:
                    _low++;
                    break;
                case Cond.Ne or Cond.Set or Cond.NotSet or Cond.Ult or Cond.Ugt or Cond.Slt or Cond.Sgt:
                default:
                    break;
            }

            Join();
        }

        // Where one reading shows that the sign bit is clear, both are one.
        private void Join()
        {
            ulong signLimit = _narrow ? (ulong)int.MaxValue : long.MaxValue;
            if (_least >= 0)
            {
                _low = Math.Max(_low, (ulong)_least);
                _high = Math.Min(_high, (ulong)Math.Max(_most, 0));
            }

            if (_high <= signLimit)
            {
                _least = Math.Max(_least, (long)_low);
                _most = Math.Min(_most, (long)_high);
            }
        }

        public readonly bool? Decide(Cond cond, long constant)
        {
            if (_low > _high || _least > _most)
            {
                return null; // never reached: other passes say so more safely
            }

            ulong u = _narrow ? (uint)constant : (ulong)constant;
            long s = _narrow ? (int)constant : constant;
            return cond switch
            {
                Cond.Eq => u < _low || u > _high ? false : _low == _high ? true : null,
                Cond.Ne => u < _low || u > _high ? true : _low == _high ? false : null,
                Cond.Ult => _high < u ? true : _low >= u ? false : null,
                Cond.Ule => _high <= u ? true : _low > u ? false : null,
                Cond.Ugt => _low > u ? true : _high <= u ? false : null,
                Cond.Uge => _low >= u ? true : _high < u ? false : null,
                Cond.Slt => _most < s ? true : _least >= s ? false : null,
                Cond.Sle => _most <= s ? true : _least > s ? false : null,
                Cond.Sgt => _least > s ? true : _most <= s ? false : null,
                Cond.Sge => _least >= s ? true : _most < s ? false : null,
                Cond.Set or Cond.NotSet => null,
                _ => null,
            };
        }
    }
}
