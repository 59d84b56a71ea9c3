namespace BpfSharp.Hooks;

/// <summary>Accesses of one width that a context allows: at <see cref="First"/>, a width further, and so on to <see cref="Last"/>.</summary>
/// <param name="Width">Bytes accessed: 1, 2, 4 or 8.</param>
/// <param name="First">First offset in bytes.</param>
/// <param name="Last">Last offset in bytes.</param>
/// <param name="Value">What a load gives.</param>
/// <param name="BtfType">The kernel structure of a typed pointer.</param>
public readonly record struct ContextRun(
    byte Width, ushort First, ushort Last, ContextValue Value = ContextValue.Scalar, string? BtfType = null)
{
    /// <summary>Whether the run has this access.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="width">Bytes accessed.</param>
    public bool Has(int offset, int width) =>
        width == Width && offset >= First && offset <= Last && (offset - First) % Width == 0;
}
