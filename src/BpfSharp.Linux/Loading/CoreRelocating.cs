using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.CoRe;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Fits an object's programs to the kernel's types.</summary>
[SupportedOSPlatform("linux")]
internal sealed class CoreRelocating(BpfObject source, BtfFile? target)
{
    private CoreRelocator? _relocator;

    /// <summary>The program with its CO-RE relocations applied; itself if it has none.</summary>
    /// <exception cref="KernelException">The kernel has no types, and none were given.</exception>
    internal ProgramSpec Apply(ProgramSpec program)
    {
        if (program.CoreRelocations.IsDefaultOrEmpty || source.Btf is not { } local)
        {
            return program;
        }

        _relocator ??= target is not null
            ? new CoreRelocator(local, target)
            : new CoreRelocator(local, KernelTypes.Require($"program '{program.Name}'"), () => KernelTypes.Modules.Select(KernelTypes.Module));
        return _relocator.Apply(program);
    }

    /// <summary>What of a fitted program the kernel has no answer to, for people.</summary>
    internal IReadOnlyList<string> Unresolved(ProgramSpec fitted) => _relocator is null || fitted.CoreRelocations.IsDefaultOrEmpty
        ? []
        : [.. fitted.CoreRelocations.Select(r => $"not in this kernel (CO-RE): {_relocator.Describe(r)}").Distinct()];
}
