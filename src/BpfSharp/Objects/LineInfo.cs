using BpfSharp.Diagnostics;
using BpfSharp.Objects.Reading;

namespace BpfSharp.Objects;

/// <summary>The source line of a run of instructions: valid from its slot to the next record's.</summary>
/// <remarks>Of a record that was read from a file, the texts are made when they are first asked for.</remarks>
public sealed record LineInfo
{
    private readonly LineTexts? _texts;
    private readonly uint _place;
    private SourceLocation? _source;

    /// <summary>Creates a record.</summary>
    /// <param name="Slot">First slot.</param>
    /// <param name="Source">File, line, column and text.</param>
    public LineInfo(int Slot, SourceLocation Source)
    {
        this.Slot = Slot;
        _source = Source;
    }

    /// <summary>A record as it stands in <c>.BTF.ext</c>; the offsets must be inside the strings.</summary>
    internal LineInfo(int slot, LineTexts texts, uint fileOffset, uint textOffset, uint place)
    {
        Slot = slot;
        _texts = texts;
        FileOffset = fileOffset;
        TextOffset = textOffset;
        _place = place;
    }

    /// <summary>First slot.</summary>
    public int Slot { get; init; }

    /// <summary>File, line, column and text.</summary>
    public SourceLocation Source
    {
        // Made twice by two threads at once, they are equal.
        get => _source ??= new SourceLocation(_texts!.At(FileOffset), (int)(_place >> 10), (int)(_place & 0x3ff), _texts.At(TextOffset));
        init => (_source, _texts) = (value, null);
    }

    /// <summary>Offset of the file's name in the strings of the types the record was read with.</summary>
    internal uint FileOffset { get; }

    /// <summary>Offset of the line's text in those strings.</summary>
    internal uint TextOffset { get; }

    /// <summary>Line and column as the kernel takes them, for a record read from a file.</summary>
    internal uint Place => _place;

    /// <summary>Whether the offsets are of a set of types.</summary>
    internal bool IsOf(Btf.BtfFile types) => _texts is not null && ReferenceEquals(_texts.Types, types);

    /// <summary>Takes the record apart.</summary>
    /// <param name="Slot">First slot.</param>
    /// <param name="Source">File, line, column and text.</param>
    public void Deconstruct(out int Slot, out SourceLocation Source) => (Slot, Source) = (this.Slot, this.Source);

    /// <summary>Whether both say the same of the same slot, whatever they were made from.</summary>
    /// <param name="other">Another record.</param>
    public bool Equals(LineInfo? other) => other is not null && Slot == other.Slot && Source == other.Source;

    /// <inheritdoc/>
    public override int GetHashCode() => (Slot, Source).GetHashCode();
}
