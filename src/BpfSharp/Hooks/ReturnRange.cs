namespace BpfSharp.Hooks;

/// <summary>The values a program may return.</summary>
/// <param name="Minimum">Least.</param>
/// <param name="Maximum">Greatest.</param>
public readonly record struct ReturnRange(int Minimum, int Maximum)
{
    /// <summary>As the kernel writes it: <c>[0, 1]</c>.</summary>
    public override string ToString() => $"[{Minimum}, {Maximum}]";
}
