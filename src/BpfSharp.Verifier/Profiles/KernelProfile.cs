using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Btf;
using BpfSharp.Hooks;

namespace BpfSharp.Verifier.Profiles;

/// <summary>A kernel a program is to load on: its release and, where known, its types.</summary>
/// <param name="Name">Name, for example <c>5.15</c> or <c>running</c>.</param>
/// <param name="Release">Release: major * 100 + minor.</param>
/// <param name="IsMeasured">Whether this project compared its verdicts with such a kernel's.</param>
public sealed record KernelProfile(string Name, int Release, bool IsMeasured)
{
    private const int NewestRelease = 618;

    private static readonly KernelProfile[] s_known =
    [
        new("5.4", 504, false),
        new("5.10", 510, true),
        new("5.15", 515, false),
        new("6.1", 601, true),
        new("6.6", 606, false),
        new("6.12", 612, true),
        new("6.18", 618, true),
    ];

    /// <summary>The newest release this library knows.</summary>
    public static KernelProfile Latest { get; } = new("latest", NewestRelease, true);

    /// <summary>The profiles with a name: the long-term releases.</summary>
    public static ImmutableArray<KernelProfile> Known { get; } = [.. s_known, Latest];

    /// <summary>The kernel's types; <see langword="null"/> if unknown. Kernel functions and structures are then looked up in them.</summary>
    public BtfFile? Types { get; init; }

    /// <summary>Whether it has a feature.</summary>
    public bool Has(KernelFeature feature) => KernelFeatureTable.FindSince(feature) <= Release;

    /// <summary>A profile by name: <c>latest</c>, or a release such as <c>5.15</c> or <c>6.9.3-generic</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="profile">The profile; of a release without measurements of its own, unmeasured.</param>
    /// <returns><see langword="false"/> if it is neither.</returns>
    public static bool TryParse(string name, out KernelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(name);
        profile = Latest;
        if (name == Latest.Name)
        {
            return true;
        }

        string[] parts = name.Split('.', '-');
        if (parts.Length < 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            || major is < 3 or > 99 || minor > 99)
        {
            return false;
        }

        int release = (major * 100) + minor;
        profile = Array.Find(s_known, row => row.Release == release) ?? new KernelProfile($"{major}.{minor}", release, false);
        return true;
    }

    /// <summary>The running kernel: release from the system, types from <c>/sys/kernel/btf/vmlinux</c>.</summary>
    /// <returns><see langword="null"/> on systems that are not Linux.</returns>
    public static KernelProfile? ReadRunning()
    {
        const string types = "/sys/kernel/btf/vmlinux";
        if (!OperatingSystem.IsLinux() || !TryParse(ReadRelease(), out KernelProfile profile))
        {
            return null;
        }

        return profile with
        {
            Name = $"{FormatRelease(profile.Release)} (running)",
            Types = File.Exists(types) ? BtfFile.ReadFile(types) : null,
        };
    }

    /// <summary>A profile of a kernel whose types are in a file; its release is the newest of what the types have.</summary>
    /// <param name="btfPath">A BTF file, for example a copy of <c>/sys/kernel/btf/vmlinux</c>.</param>
    public static KernelProfile ReadTypes(string btfPath)
    {
        BtfFile types = BtfFile.ReadFile(btfPath);
        int release = KernelRequirements.FirstRelease;
        foreach (KfuncInfo function in KfuncTable.All)
        {
            if (function.Since > release && types.Find(function.Name, BtfKind.Function) != 0)
            {
                release = function.Since;
            }
        }

        foreach (HelperInfo helper in HelperTable.All)
        {
            KernelRequirement need = new(helper.Since, helper.Name, -1) { Enumerator = ("bpf_func_id", helper.Id) };
            release = helper.Since > release && need.IsMet(Latest with { Types = types }) ? helper.Since : release;
        }

        string name = Path.GetFileName(btfPath);
        return new KernelProfile($"{FormatRelease(release)} (by the types of {name})", release, false) { Types = types };
    }

    /// <summary>A profile of a kernel whose types are in a file, for a release that is known or newest.</summary>
    /// <param name="btfPath">A BTF file, for example a copy of <c>/sys/kernel/btf/vmlinux</c>.</param>
    /// <param name="release">The release it belongs to.</param>
    public static KernelProfile ReadTypes(string btfPath, KernelProfile release)
    {
        ArgumentNullException.ThrowIfNull(release);
        return release with { Types = BtfFile.ReadFile(btfPath) };
    }

    /// <summary>A release as people write it: <c>5.15</c>.</summary>
    public static string FormatRelease(int release) => $"{release / 100}.{release % 100}";

    private static string ReadRelease() =>
        File.Exists("/proc/sys/kernel/osrelease") ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : "";
}
