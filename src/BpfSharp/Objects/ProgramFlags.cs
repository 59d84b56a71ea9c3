namespace BpfSharp.Objects;

/// <summary>Flags of a program's load (the kernel's <c>BPF_F_*</c> for <c>BPF_PROG_LOAD</c>).</summary>
[Flags]
#pragma warning disable CA1711 // they are flags, and so the kernel calls them
public enum ProgramFlags : uint
#pragma warning restore CA1711
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Unaligned accesses are refused.</summary>
    StrictAlignment = 1u << 0,
    /// <summary>Any alignment is allowed.</summary>
    AnyAlignment = 1u << 1,
    /// <summary>For the verifier's own tests: upper halves are randomised.</summary>
    TestRandomHigh32 = 1u << 2,
    /// <summary>For the verifier's own tests: states are checked often.</summary>
    TestStateFrequency = 1u << 3,
    /// <summary>May sleep.</summary>
    Sleepable = 1u << 4,
    /// <summary>Understands packets in several buffers.</summary>
    XdpHasFrags = 1u << 5,
    /// <summary>Bound to a device.</summary>
    XdpDeviceBoundOnly = 1u << 6,
    /// <summary>For the verifier's own tests: range invariants are checked.</summary>
    TestRegisterInvariants = 1u << 7,
}
