using System.Globalization;
using System.Runtime.Versioning;

namespace BpfSharp.Linux;

/// <summary>The running kernel's version.</summary>
/// <param name="Major">First number.</param>
/// <param name="Minor">Second number.</param>
/// <param name="Patch">Third number.</param>
[SupportedOSPlatform("linux")]
public readonly record struct KernelVersion(int Major, int Minor, int Patch)
{
    private static readonly Lazy<KernelVersion> s_current = new(() =>
        Parse(File.Exists("/proc/sys/kernel/osrelease") ? File.ReadAllText("/proc/sys/kernel/osrelease") : ""));

    /// <summary>The running kernel's.</summary>
    public static KernelVersion Current => s_current.Value;

    /// <summary>As programs read it: <c>KERNEL_VERSION(major, minor, patch)</c>.</summary>
    public long Code => (long)Major << 16 | (long)Minor << 8 | (long)Math.Min(Patch, 255);

    /// <summary>Whether it is this version or newer.</summary>
    /// <param name="major">First number.</param>
    /// <param name="minor">Second number.</param>
    public bool AtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    internal static KernelVersion Parse(string release)
    {
        int[] numbers = [0, 0, 0];
        int at = 0;
        for (int i = 0; i < numbers.Length && at < release.Length; i++)
        {
            int end = at;
            while (end < release.Length && char.IsAsciiDigit(release[end]))
            {
                end++;
            }

            _ = int.TryParse(release.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]);
            if (end >= release.Length || release[end] != '.')
            {
                break;
            }

            at = end + 1;
        }

        return new KernelVersion(numbers[0], numbers[1], numbers[2]);
    }
}
