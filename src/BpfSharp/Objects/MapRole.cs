namespace BpfSharp.Objects;

/// <summary>Why an object has a map.</summary>
public enum MapRole : byte
{
    /// <summary>Declared by the program's author.</summary>
    User,
    /// <summary>Writable global variables (<c>.data*</c>).</summary>
    Data,
    /// <summary>Zero-initialised global variables (<c>.bss*</c>).</summary>
    Bss,
    /// <summary>Constants (<c>.rodata*</c>): frozen after load.</summary>
    ReadOnlyData,
    /// <summary>Kernel configuration values (<c>.kconfig</c>), filled by the host.</summary>
    Kconfig,
    /// <summary>A kernel operations structure (<c>.struct_ops*</c>).</summary>
    StructOps,
}
