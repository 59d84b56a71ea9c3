namespace BpfSharp.Isa;

/// <summary>Conformance groups of RFC 9669, section 2.4, and what is outside them.</summary>
public enum ConformanceGroup : byte
{
    /// <summary>All 32-bit instructions but the ones below.</summary>
    Base32,
    /// <summary>Adds the 64-bit instructions.</summary>
    Base64,
    /// <summary>32-bit atomics.</summary>
    Atomic32,
    /// <summary>64-bit atomics.</summary>
    Atomic64,
    /// <summary>32-bit multiplication, division and remainder.</summary>
    DivMul32,
    /// <summary>64-bit multiplication, division and remainder.</summary>
    DivMul64,
    /// <summary>Legacy packet access.</summary>
    Packet,
    /// <summary>Call by register.</summary>
    Callx,
    /// <summary>Added by Linux after the RFC.</summary>
    Linux,
}
