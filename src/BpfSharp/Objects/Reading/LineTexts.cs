using BpfSharp.Btf;

namespace BpfSharp.Objects.Reading;

/// <summary>Texts of source lines, each made once, when first asked for.</summary>
internal sealed class LineTexts(BtfFile types)
{
    private readonly Dictionary<uint, string> _made = [];

    internal BtfFile Types => types;

    internal string At(uint offset)
    {
        lock (_made)
        {
            if (!_made.TryGetValue(offset, out string? text))
            {
                _made.Add(offset, text = types.GetString(offset));
            }

            return text;
        }
    }
}
