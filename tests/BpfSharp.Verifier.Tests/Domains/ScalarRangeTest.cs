using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;

namespace BpfSharp.Verifier.Tests.Domains;

/// <summary>
/// Operators and comparisons on ranges whose ends lie around the places where numbers wrap (0, 2^31, 2^32, 2^63, 2^64): all
/// pairs, against all numbers of those places that lie in them; and at random.
/// </summary>
public class ScalarRangeTest
{
    private static readonly ulong[] s_places = Places();

    private static ulong[] Places()
    {
        List<ulong> places = [];
        foreach (ulong centre in (ulong[])[0, 1UL << 31, 1UL << 32, 1UL << 63, 0x1234_5678])
        {
            for (int d = -2; d <= 2; d++)
            {
                places.Add(centre + (ulong)(long)d);
            }
        }

        return [.. places.Distinct().Order()];
    }

    private static List<(ScalarRange Range, ulong[] Members)> Ranges()
    {
        List<(ScalarRange, ulong[])> ranges = [];
        for (int i = 0; i < s_places.Length; i++)
        {
            for (int j = i; j < s_places.Length; j += 3)
            {
                Add(ranges, ScalarRange.Unsigned(s_places[i], s_places[j]));
                if ((long)s_places[i] <= (long)s_places[j])
                {
                    Add(ranges, ScalarRange.Signed((long)s_places[i], (long)s_places[j]));
                }
            }
        }

        ScalarRange low = ScalarRange.Unknown;
        low.U32Max = 5;
        low.Sync();
        Add(ranges, low);
        ScalarRange even = ScalarRange.Unknown;
        even.Bits = new(0, ~1UL);
        even.Sync();
        Add(ranges, even);
        return ranges;
    }

    private static void Add(List<(ScalarRange, ulong[])> ranges, ScalarRange range)
    {
        ulong[] members = [.. s_places.Where(p => range.Contains(p))];
        if (members.Length > 0)
        {
            ranges.Add((range, members));
        }
    }

    public static TheoryData<Operation, bool> Operators()
    {
        TheoryData<Operation, bool> rows = [];
        foreach (Operation operation in (Operation[])[Operation.Add, Operation.Sub, Operation.Mul, Operation.And, Operation.Or,
            Operation.Xor, Operation.Neg, Operation.Div, Operation.Mod, Operation.SDiv, Operation.SMod])
        {
            rows.Add(operation, false);
            rows.Add(operation, true);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Results_hold_every_concrete_result(Operation operation, bool is32)
    {
        List<(ScalarRange Range, ulong[] Members)> ranges = Ranges();
        foreach ((ScalarRange a, ulong[] xs) in ranges)
        {
            foreach ((ScalarRange b, ulong[] ys) in ranges.Where((_, i) => i % 3 == 0))
            {
                ScalarRange result = a;
                ScalarMath.Apply(operation, is32, ref result, b);
                foreach (ulong x in xs)
                {
                    foreach (ulong y in ys)
                    {
                        Check(result, Concrete.Compute(operation, is32, x, y), () => $"{operation} {(is32 ? 32 : 64)}: {x:x} in [{a}], {y:x} in [{b}]");
                    }
                }
            }
        }
    }

    public static TheoryData<Operation, bool> Shifts() => new()
    {
        { Operation.Lsh, false }, { Operation.Lsh, true }, { Operation.Rsh, false }, { Operation.Rsh, true },
        { Operation.Arsh, false }, { Operation.Arsh, true },
    };

    [Theory]
    [MemberData(nameof(Shifts))]
    public void Shifts_hold_every_concrete_result(Operation operation, bool is32)
    {
        foreach ((ScalarRange a, ulong[] xs) in Ranges())
        {
            foreach (int count in (int[])[0, 1, 7, 8, 16, 24, 31, 32, 33, 48, 56, 63])
            {
                ScalarRange result = a;
                ScalarMath.Apply(operation, is32, ref result, ScalarRange.Const((ulong)count));
                foreach (ulong x in xs)
                {
                    Check(result, Concrete.Compute(operation, is32, x, (ulong)count), () => $"{operation} {(is32 ? 32 : 64)} by {count}: {x:x} in [{a}]");
                }
            }
        }
    }

    public static TheoryData<Operation, bool> Comparisons()
    {
        TheoryData<Operation, bool> rows = [];
        foreach (Operation operation in (Operation[])[Operation.Jeq, Operation.Jne, Operation.Jgt, Operation.Jge, Operation.Jlt,
            Operation.Jle, Operation.Jsgt, Operation.Jsge, Operation.Jslt, Operation.Jsle, Operation.Jset])
        {
            rows.Add(operation, false);
            rows.Add(operation, true);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Decisions_and_refinements_hold_for_every_pair(Operation operation, bool is32)
    {
        List<(ScalarRange Range, ulong[] Members)> ranges = Ranges();
        foreach ((ScalarRange a, ulong[] xs) in ranges)
        {
            foreach ((ScalarRange b, ulong[] ys) in ranges.Where((_, i) => i % 3 == 0))
            {
                bool? decided = ScalarCompare.Decide(operation, is32, a, b);
                (ScalarRange trueA, ScalarRange trueB, ScalarRange falseA, ScalarRange falseB) = (a, b, a, b);
                bool mayHold = ScalarCompare.Refine(operation, is32, true, ref trueA, ref trueB);
                bool mayFail = ScalarCompare.Refine(operation, is32, false, ref falseA, ref falseB);
                foreach (ulong x in xs)
                {
                    foreach (ulong y in ys)
                    {
                        bool held = Concrete.Compare(operation, is32, x, y);
                        if ((decided is null || decided == held) && (held ? mayHold : mayFail)
                            && (held ? trueA : falseA).Contains(x) && (held ? trueB : falseB).Contains(y))
                        {
                            continue;
                        }

                        Assert.Fail($"{operation} {(is32 ? 32 : 64)}: {x:x} in [{a}], {y:x} in [{b}] is {held}: decided {decided}, "
                            + $"may hold {mayHold}, may fail {mayFail}, left [{(held ? trueA : falseA)}], right [{(held ? trueB : falseB)}]");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Narrowing_and_sign_extension_hold(int bytes)
    {
        foreach ((ScalarRange a, ulong[] xs) in Ranges())
        {
            ScalarRange narrow = a;
            narrow.Truncate(bytes);
            ScalarRange extended = a;
            extended.SignExtend(bytes);
            ScalarRange zero = a;
            zero.ZeroExtend32();
            int shift = 64 - (bytes * 8);
            foreach (ulong x in xs)
            {
                Check(narrow, x << shift >> shift, () => $"truncate {bytes}: {x:x} in [{a}]");
                Check(extended, (ulong)((long)(x << shift) >> shift), () => $"extend {bytes}: {x:x} in [{a}]");
                Check(zero, (uint)x, () => $"zero extend: {x:x} in [{a}]");
            }
        }
    }

    [Fact]
    public void Random_chains_of_operators_hold()
    {
        Random random = new(20261124);
        Operation[] operators = [Operation.Add, Operation.Sub, Operation.Mul, Operation.And, Operation.Or, Operation.Xor, Operation.Lsh,
            Operation.Rsh, Operation.Arsh, Operation.Neg];
        for (int round = 0; round < 20_000; round++)
        {
            ulong concrete = RandomNumber(random);
            ScalarRange range = Around(random, concrete);
            string chain = $"{concrete:x} in [{range}]";
            for (int step = 0; step < 6; step++)
            {
                Operation operation = operators[random.Next(operators.Length)];
                bool is32 = random.Next(2) == 0;
                bool isShift = operation is Operation.Lsh or Operation.Rsh or Operation.Arsh;
                ulong operand = isShift ? (ulong)random.Next(is32 ? 32 : 64) : RandomNumber(random);
                ScalarRange right = isShift ? ScalarRange.Const(operand) : Around(random, operand);
                ScalarMath.Apply(operation, is32, ref range, right);
                concrete = Concrete.Compute(operation, is32, concrete, operand);
                chain += $" {operation}{(is32 ? 32 : 64)} {operand:x} in [{right}]";
                Check(range, concrete, () => chain);
            }
        }
    }

    private static ulong RandomNumber(Random random) => random.Next(4) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => (ulong)random.Next(),
        2 => s_places[random.Next(s_places.Length)],
        _ => (ulong)-(long)random.Next(100),
    };

    private static ScalarRange Around(Random random, ulong number)
    {
        ulong spread = 1UL << random.Next(40);
        switch (random.Next(4))
        {
            case 0:
                return ScalarRange.Const(number);
            case 1:
                return ScalarRange.Unsigned(number > spread ? number - spread : 0, number < ulong.MaxValue - spread ? number + spread : ulong.MaxValue);
            case 2:
                long signed = (long)number;
                long width = (long)spread;
                return ScalarRange.Signed(
                    signed > long.MinValue + width ? signed - width : long.MinValue, signed < long.MaxValue - width ? signed + width : long.MaxValue);
            default:
                ulong unknown = (ulong)random.NextInt64();
                ScalarRange range = ScalarRange.Unknown;
                range.Bits = new(number & ~unknown, unknown);
                range.Sync();
                return range;
        }
    }

    private static void Check(ScalarRange range, ulong number, Func<string> what)
    {
        if (!range.Contains(number))
        {
            Assert.Fail($"{what()} gives {number:x}, which is not in [{range}] bits {range.Bits} s32 {range.S32Min}..{range.S32Max} u32 {range.U32Min}..{range.U32Max}");
        }
    }
}
