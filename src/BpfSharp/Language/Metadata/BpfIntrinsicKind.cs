namespace BpfSharp.Language;

/// <summary>Meanings that the compiler knows; see each for the shape of the method.</summary>
public enum BpfIntrinsicKind
{
    /// <summary><c>T Value { get; }</c> or <c>ref readonly T</c> of a <see cref="BpfConstantAttribute"/> declaration: reads the variable.</summary>
    DeclaredValue,
    /// <summary><c>ref ulong X(map)</c>, also as instance member of a map: the counter <c>MAP_lost</c> in <c>.bss</c>, made on first use.</summary>
    LostCounter,
    /// <summary><c>void* X(context)</c> or instance member of a context: the context pointer.</summary>
    ContextPointer,
    /// <summary><c>T X(T value)</c>: the value, of which the optimiser knows nothing.</summary>
    Opaque,
    /// <summary><c>void X()</c> or <c>[DoesNotReturn]</c>: the program ends here with its fault value.</summary>
    Fault,
    /// <summary><c>bool X()</c>: true as long as the kernel's loop budget lasts (may_goto).</summary>
    MayContinue,
    /// <summary>Constructor of the interpolated string handler <c>(int literalLength, int formattedCount, …)</c>.</summary>
    FormatBegin,
    /// <summary><c>AppendLiteral(string)</c>.</summary>
    FormatLiteral,
    /// <summary><c>AppendFormatted&lt;T&gt;(T value[, string? format])</c>; <c>x</c> is hexadecimal; pointers print as such.</summary>
    FormatValue,
    /// <summary><c>int X(handler)</c>: prints to the trace pipe; up to 3 values by trace_printk, up to 12 by trace_vprintk.</summary>
    FormatPrint,
    /// <summary><c>bool X&lt;T&gt;(string field)</c>: whether the target's type has the field (constant name, dots for nesting).</summary>
    CoreFieldExists,
    /// <summary><c>int X&lt;T&gt;(string field)</c>: bytes of the target's field.</summary>
    CoreFieldSize,
    /// <summary><c>int X&lt;T&gt;(string field)</c>: byte offset of the target's field.</summary>
    CoreFieldOffset,
    /// <summary><c>bool X&lt;T&gt;()</c>: whether the target has the type.</summary>
    CoreTypeExists,
    /// <summary><c>int X&lt;T&gt;()</c>: bytes of the target's type.</summary>
    CoreTypeSize,
    /// <summary><c>bool X&lt;TEnum&gt;(string member)</c>: whether the target's enum has the member.</summary>
    CoreEnumExists,
    /// <summary><c>long X&lt;TEnum&gt;(string member)</c>: the member's value in the target.</summary>
    CoreEnumValue,
    /// <summary><c>bool X()</c>: false in compiled code, true in plain C# (lets one body serve both).</summary>
    IsManaged,
}
