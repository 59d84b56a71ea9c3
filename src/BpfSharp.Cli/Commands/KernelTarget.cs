using BpfSharp.CoRe;
using BpfSharp.Objects;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Cli.Commands;

/// <summary>The kernel that <c>verify</c> asks for: by release, the running one, or one whose types are in a file.</summary>
internal static class KernelTarget
{
    private const string Running = "running";

    /// <summary>Reads <c>--kernel</c> and <c>--btf</c>.</summary>
    /// <exception cref="ArgumentException">No such release, or no running Linux.</exception>
    public static KernelProfile Find(string? name, FileInfo? types)
    {
        if (types is { Exists: false })
        {
            throw new FileNotFoundException($"{types}: no such file; give a BTF file, for example a copy of /sys/kernel/btf/vmlinux");
        }

        if (name is null)
        {
            return types is null ? KernelProfile.Latest : KernelProfile.ReadTypes(types.FullName);
        }

        KernelProfile? profile = name == Running
            ? KernelProfile.ReadRunning() ?? throw new ArgumentException("--kernel running: this is not Linux; name a release")
            : KernelProfile.TryParse(name, out KernelProfile known) ? known
            : throw new ArgumentException($"--kernel {name}: not a release; write one such as 5.15, 'latest' or 'running' "
                + $"(measured: {string.Join(", ", KernelProfile.Known.Where(k => k.IsMeasured && k != KernelProfile.Latest).Select(k => k.Name))})");
        return types is null ? profile : KernelProfile.ReadTypes(types.FullName, profile);
    }

    /// <summary>The target with the types of the running kernel, for programs that need types when none are given; else null.</summary>
    public static KernelProfile? WithRunningTypes(KernelProfile target) =>
        target.Types is null && KernelProfile.ReadRunning()?.Types is { } types ? target with { Types = types } : null;

    /// <summary>The program as a loader gives it to the target: CO-RE relocations done by its types, where these are known.</summary>
    public static ProgramSpec Prepare(BpfObject source, ProgramSpec program, KernelProfile target) =>
        target.Types is { } types && source.Btf is not null ? CoreRelocator.Apply(source, program, types) : program;
}
