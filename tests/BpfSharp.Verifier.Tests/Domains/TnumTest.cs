using BpfSharp.Isa;
using BpfSharp.Verifier.Domains;

namespace BpfSharp.Verifier.Tests.Domains;

/// <summary>Every operator on every pair of four-bit descriptions, against every pair of numbers they describe.</summary>
public class TnumTest
{
    private const int Bits = 4;

    private static IEnumerable<Tnum> All()
    {
        for (ulong mask = 0; mask < 1UL << Bits; mask++)
        {
            for (ulong value = 0; value < 1UL << Bits; value++)
            {
                if ((value & mask) == 0)
                {
                    yield return new Tnum(value, mask);
                }
            }
        }
    }

    private static IEnumerable<ulong> Members(Tnum tnum)
    {
        for (ulong number = 0; number < 1UL << Bits; number++)
        {
            if (tnum.Contains(number))
            {
                yield return number;
            }
        }
    }

    /// <summary>The same bits at the top of the word: carries and signs run out there.</summary>
    private static Tnum High(Tnum low) => low.Lsh(64 - Bits);

    public static TheoryData<Operation> Operators =>
        [Operation.Add, Operation.Sub, Operation.Mul, Operation.And, Operation.Or, Operation.Xor];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Results_hold_every_concrete_result(Operation operation)
    {
        foreach (Tnum a in All())
        {
            foreach (Tnum b in All())
            {
                Tnum result = Apply(operation, a, b);
                Tnum high = Apply(operation, High(a), High(b));
                Assert.Equal(0UL, result.Value & result.Mask);
                foreach (ulong x in Members(a))
                {
                    foreach (ulong y in Members(b))
                    {
                        ulong concrete = Concrete.Compute(operation, false, x, y);
                        ulong top = Concrete.Compute(operation, false, x << (64 - Bits), y << (64 - Bits));
                        if (!result.Contains(concrete) || !high.Contains(top))
                        {
                            Assert.Fail($"{operation} {a} {b}: {x}, {y} gives {concrete}, not in {result}, or at the top not in {high}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Shifts_hold_every_concrete_result()
    {
        foreach (Tnum a in All())
        {
            for (int count = 0; count < 64; count += 7)
            {
                foreach (ulong x in Members(a))
                {
                    ulong top = x << (64 - Bits);
                    Assert.True(a.Lsh(count).Contains(x << count));
                    Assert.True(High(a).Rsh(count).Contains(top >> count));
                    Assert.True(High(a).Arsh(count).Contains((ulong)((long)top >> count)));
                }
            }
        }
    }

    [Fact]
    public void Intersection_holds_what_both_describe()
    {
        foreach (Tnum a in All())
        {
            foreach (Tnum b in All())
            {
                ulong[] common = [.. Members(a).Intersect(Members(b))];
                Assert.Equal(common.Length > 0, Tnum.Overlap(a, b));
                foreach (ulong x in common)
                {
                    Assert.True(Tnum.Intersect(a, b).Contains(x));
                }
            }
        }
    }

    [Fact]
    public void Inclusion_is_that_of_the_sets()
    {
        foreach (Tnum a in All())
        {
            foreach (Tnum b in All())
            {
                Assert.Equal(Members(b).All(a.Contains), a.Includes(b));
            }
        }
    }

    [Fact]
    public void A_range_is_inside_its_bits()
    {
        for (ulong min = 0; min < 1UL << Bits; min++)
        {
            for (ulong max = min; max < 1UL << Bits; max++)
            {
                Tnum bits = Tnum.Range(min, max);
                for (ulong x = min; x <= max; x++)
                {
                    Assert.True(bits.Contains(x), $"{min}..{max}: {x} not in {bits}");
                }
            }
        }
    }

    private static Tnum Apply(Operation operation, Tnum a, Tnum b) => operation switch
    {
        Operation.Add => Tnum.Add(a, b),
        Operation.Sub => Tnum.Sub(a, b),
        Operation.Mul => Tnum.Mul(a, b),
        Operation.And => Tnum.And(a, b),
        Operation.Or => Tnum.Or(a, b),
        _ => Tnum.Xor(a, b),
    };
}
