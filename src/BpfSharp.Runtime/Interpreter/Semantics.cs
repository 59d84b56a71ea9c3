namespace BpfSharp.Runtime.Interpreter;

/// <summary>Arithmetic that plain operators do not give: what RFC 9669, section 4.1 says of division.</summary>
internal static class Semantics
{
    /// <summary>Unsigned division; by zero gives zero.</summary>
    public static ulong Div64(ulong a, ulong b) => b == 0 ? 0 : a / b;

    /// <summary>Unsigned remainder; by zero leaves the dividend.</summary>
    public static ulong Mod64(ulong a, ulong b) => b == 0 ? a : a % b;

    /// <summary>Unsigned division of the low halves.</summary>
    public static ulong Div32(ulong a, ulong b) => (uint)b == 0 ? 0 : (uint)a / (uint)b;

    /// <summary>Unsigned remainder of the low halves.</summary>
    public static ulong Mod32(ulong a, ulong b) => (uint)b == 0 ? (uint)a : (uint)a % (uint)b;

    /// <summary>Signed division: by zero gives zero, the lowest number by -1 gives itself.</summary>
    public static ulong SDiv64(ulong a, ulong b)
        => b == 0 ? 0 : (long)b == -1 ? 0 - a : (ulong)((long)a / (long)b);

    /// <summary>Signed remainder: by zero leaves the dividend, by -1 gives zero.</summary>
    public static ulong SMod64(ulong a, ulong b)
        => b == 0 ? a : (long)b == -1 ? 0 : (ulong)((long)a % (long)b);

    /// <summary>Signed division of the low halves.</summary>
    public static ulong SDiv32(ulong a, ulong b)
        => (uint)b == 0 ? 0 : (int)b == -1 ? 0 - (uint)a : (uint)((int)a / (int)b);

    /// <summary>Signed remainder of the low halves.</summary>
    public static ulong SMod32(ulong a, ulong b)
        => (uint)b == 0 ? (uint)a : (int)b == -1 ? 0 : (uint)((int)a % (int)b);
}
