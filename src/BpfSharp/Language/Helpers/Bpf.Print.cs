using System.Runtime.CompilerServices;
using System.Text;

namespace BpfSharp.Language;

public static unsafe partial class Bpf
{
    /// <summary>Prints a line to the kernel's trace pipe; as plain C# to <see cref="PlainOutput"/>. For finding faults, not for data.</summary>
    /// <param name="message">An interpolated string of constant text and at most 12 numbers or texts (3 before Linux 5.16); <c>:x</c> is hexadecimal.</param>
    /// <returns>Bytes written, or a negative errno.</returns>
    [BpfIntrinsic(BpfIntrinsicKind.FormatPrint)]
    public static int Print(PrintMessage message) => message.WriteTo(PlainOutput);

    /// <summary>Where plain C# prints to.</summary>
    public static TextWriter PlainOutput { get; set; } = Console.Error;
}

/// <summary>The interpolated string of <see cref="Bpf.Print"/>.</summary>
[InterpolatedStringHandler]
public readonly unsafe ref struct PrintMessage
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

    /// <summary>Adds a number, or the text in an inline array of bytes.</summary>
    /// <param name="value">The number; of an inline array, UTF-8 that a 0 ends.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatValue)]
    public void AppendFormatted<T>(T value) where T : unmanaged
    {
        if (typeof(T).IsDefined(typeof(InlineArrayAttribute), inherit: false))
        {
            AppendFormatted(new ReadOnlySpan<byte>(&value, sizeof(T)));
        }
        else
        {
            _text.Append(value);
        }
    }

    /// <summary>Adds text.</summary>
    /// <param name="text">UTF-8 that a 0 ends.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatValue)]
    public void AppendFormatted(scoped ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        _text.Append(Encoding.UTF8.GetString(end < 0 ? text : text[..end]));
    }

    /// <summary>Adds constant text.</summary>
    /// <param name="text">A constant.</param>
    [BpfIntrinsic(BpfIntrinsicKind.FormatLiteral)]
    public void AppendFormatted(string text) => _text.Append(text);

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
