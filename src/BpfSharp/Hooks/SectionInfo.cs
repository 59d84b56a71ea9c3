namespace BpfSharp.Hooks;

/// <summary>A row of <see cref="SectionTable"/>.</summary>
/// <param name="Prefix">Name of the section, or what comes before <c>/target</c>.</param>
/// <param name="TakesTarget">Whether <c>/target</c> may follow.</param>
/// <param name="Type">Program type.</param>
/// <param name="AttachType">Attach type; <see langword="null"/> where the type has none.</param>
/// <param name="Traits">What else the name says.</param>
public readonly record struct SectionInfo(
    string Prefix, bool TakesTarget, ProgramType Type, AttachType? AttachType, SectionTraits Traits);

/// <summary>What else a section's name says.</summary>
[Flags]
public enum SectionTraits
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The attach type is part of the load, and the program can be attached by descriptor.</summary>
    Attachable = 1,
    /// <summary>Kernels that know no attach type at load take the program without.</summary>
    AttachTypeOptional = 2,
    /// <summary>The program may sleep.</summary>
    Sleepable = 4,
    /// <summary>The target is a type of the kernel's BTF.</summary>
    AttachBtf = 8,
    /// <summary>The program understands packets in several buffers.</summary>
    XdpFrags = 16,
    /// <summary>The target is a user-space static probe.</summary>
    Usdt = 32,
}
