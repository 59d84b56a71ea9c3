using BpfSharp.Isa;

namespace BpfSharp.Verifier.Domains;

/// <summary>The arithmetic itself, as RFC 9669 section 4 defines it: for constants, and as the yardstick of the domain's tests.</summary>
internal static class Concrete
{
    /// <summary>Computes <c>a op b</c>; 32-bit results are zero extended.</summary>
    public static ulong Compute(Operation operation, bool is32, ulong a, ulong b) =>
        is32 ? Compute32(operation, (uint)a, (uint)b) : Compute64(operation, a, b);

    /// <summary>Decides <c>a op b</c>.</summary>
    public static bool Compare(Operation operation, bool is32, ulong a, ulong b)
    {
        if (is32)
        {
            a = (uint)a;
            b = (uint)b;
        }

        long x = is32 ? (int)a : (long)a;
        long y = is32 ? (int)b : (long)b;
        return operation switch
        {
            Operation.Jeq => a == b,
            Operation.Jne => a != b,
            Operation.Jset => (a & b) != 0,
            Operation.Jgt => a > b,
            Operation.Jge => a >= b,
            Operation.Jlt => a < b,
            Operation.Jle => a <= b,
            Operation.Jsgt => x > y,
            Operation.Jsge => x >= y,
            Operation.Jslt => x < y,
            Operation.Jsle => x <= y,
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
    }

    private static ulong Compute64(Operation operation, ulong a, ulong b) => operation switch
    {
        Operation.Add => a + b,
        Operation.Sub => a - b,
        Operation.Mul => a * b,
        Operation.Div => b == 0 ? 0 : a / b,
        Operation.Mod => b == 0 ? a : a % b,
        Operation.SDiv => b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b),
        Operation.SMod => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
        Operation.And => a & b,
        Operation.Or => a | b,
        Operation.Xor => a ^ b,
        Operation.Lsh => a << (int)(b & 63),
        Operation.Rsh => a >> (int)(b & 63),
        Operation.Arsh => (ulong)((long)a >> (int)(b & 63)),
        Operation.Neg => 0 - a,
        Operation.Mov => b,
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private static uint Compute32(Operation operation, uint a, uint b) => operation switch
    {
        Operation.Add => a + b,
        Operation.Sub => a - b,
        Operation.Mul => a * b,
        Operation.Div => b == 0 ? 0 : a / b,
        Operation.Mod => b == 0 ? a : a % b,
        Operation.SDiv => b == 0 ? 0 : b == uint.MaxValue ? 0 - a : (uint)((int)a / (int)b),
        Operation.SMod => b == 0 ? a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b),
        Operation.And => a & b,
        Operation.Or => a | b,
        Operation.Xor => a ^ b,
        Operation.Lsh => a << (int)(b & 31),
        Operation.Rsh => a >> (int)(b & 31),
        Operation.Arsh => (uint)((int)a >> (int)(b & 31)),
        Operation.Neg => 0 - a,
        Operation.Mov => b,
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}
