using System.Runtime.CompilerServices;
using System.Text;

namespace BpfSharp.Language;

public static unsafe partial class Bpf
{
    /// <summary>Prints a line to the kernel's trace pipe; as plain C# to <see cref="PlainOutput"/>. For finding faults, not for data.</summary>
    /// <param name="message">An interpolated string of constant text and at most 12 numbers (3 before Linux 5.16); <c>:x</c> is hexadecimal.</param>
    /// <returns>Bytes written, or a negative errno.</returns>
    [BpfIntrinsic(BpfIntrinsicKind.FormatPrint)]
    public static int Print(PrintMessage message) => message.WriteTo(PlainOutput);

    /// <summary>Where plain C# prints to.</summary>
    public static TextWriter PlainOutput { get; set; } = Console.Error;
}

/// <summary>The interpolated string of <see cref="Bpf.Print"/>.</summary>
[InterpolatedStringHandler]
public readonly ref struct PrintMessage
{
    private readonly StringBuilder _text;

    /// <summary>Begins a message.</summary>
    /// <param name="literalLength">Characters of constant text.</param>
    /// <param name="formattedCount">How many values.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatBegin)]
    public PrintMessage(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + 12 * formattedCount);

    /// <summary>Adds constant text.</summary>
    /// <param name="text">The text.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatLiteral)]
    public void AppendLiteral(string text) => _text.Append(text);

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatValue)]
    public void AppendFormatted<T>(T value) where T : unmanaged => _text.Append(value);

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="format"><c>x</c> for hexadecimal.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatValue)]
    public void AppendFormatted<T>(T value, string? format) where T : unmanaged, IFormattable =>
        _text.Append(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture));

    internal int WriteTo(TextWriter writer)
    {
        writer.WriteLine(_text.ToString());
        return _text.Length + 1;
    }
}
