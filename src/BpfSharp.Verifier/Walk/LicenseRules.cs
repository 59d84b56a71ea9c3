namespace BpfSharp.Verifier.Walk;

/// <summary>Licences that count as GPL-compatible (<c>include/linux/license.h</c>).</summary>
internal static class LicenseRules
{
    private static readonly string[] s_compatible =
        ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

    public static bool IsGplCompatible(string license) => s_compatible.Contains(license);
}
