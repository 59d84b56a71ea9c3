using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.CoRe;
using BpfSharp.Isa;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Fits a program to the kernel's types.</summary>
[SupportedOSPlatform("linux")]
internal static class CoreRelocating
{
    /// <summary>The program's slots with its CO-RE relocations applied.</summary>
    /// <param name="source">The object.</param>
    /// <param name="program">One of its programs.</param>
    /// <param name="target">The types to fit; <see langword="null"/> for the running kernel's and its modules'.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">A relocation is damaged, or has several different answers.</exception>
    internal static Instruction[] Apply(BpfObject source, ProgramSpec program, BtfFile? target)
    {
        if (program.CoreRelocations.IsDefaultOrEmpty)
        {
            return [.. program.Instructions];
        }

        ProgramSpec patched = target is not null
            ? CoreRelocator.Apply(source, program, target)
            : CoreRelocator.Apply(
                source, program, KernelTypes.Require(program.Name), () => KernelTypes.Modules.Select(KernelTypes.Module));
        return [.. patched.Instructions];
    }
}
