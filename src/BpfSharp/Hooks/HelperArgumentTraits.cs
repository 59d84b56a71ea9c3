namespace BpfSharp.Hooks;

/// <summary>Finer points of a helper's argument.</summary>
[Flags]
public enum HelperArgumentTraits : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>May be null (a memory argument then has size 0).</summary>
    MayBeNull = 1,
    /// <summary>The helper reads the memory: it must be initialised.</summary>
    Reads = 2,
    /// <summary>The helper writes the memory: it must be writable. Without <see cref="Reads"/>, it need not be initialised.</summary>
    Writes = 4,
    /// <summary>The program gives the reference away.</summary>
    Releases = 8,
    /// <summary>The memory must be aligned to its size.</summary>
    Aligned = 16,
    /// <summary>The memory has a fixed size, no size argument follows.</summary>
    FixedSize = 32,
    /// <summary>A dynptr over memory (with <see cref="Writes"/>: the helper makes it).</summary>
    LocalDynptr = 64,
    /// <summary>A dynptr over a ring buffer record (with <see cref="Writes"/>: the helper makes it).</summary>
    RingDynptr = 128,
}
