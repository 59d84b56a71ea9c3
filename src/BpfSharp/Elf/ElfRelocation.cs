namespace BpfSharp.Elf;

/// <summary>A relocation.</summary>
/// <param name="Offset">Place in the section it applies to.</param>
/// <param name="Type">Kind, by the machine's numbers.</param>
/// <param name="Symbol">Index of the symbol.</param>
/// <param name="Addend">Addend, if the section has them; else it is in the place itself and this is 0.</param>
public readonly record struct ElfRelocation(ulong Offset, uint Type, int Symbol, long Addend);

/// <summary>Relocation kinds of eBPF (<c>Documentation/bpf/llvm_reloc.rst</c> of Linux).</summary>
internal static class BpfRelocationType
{
    /// <summary>A 64-bit immediate load.</summary>
    internal const uint Load64 = 1;

    /// <summary>A 64-bit address in data.</summary>
    internal const uint Absolute64 = 2;

    /// <summary>A 32-bit offset in data.</summary>
    internal const uint Absolute32 = 3;

    /// <summary>A 32-bit offset in BTF.</summary>
    internal const uint NoDynamic32 = 4;

    /// <summary>A call.</summary>
    internal const uint Call = 10;
}
