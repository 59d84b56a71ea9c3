namespace BpfSharp.Hooks;

/// <summary>What programs of a type may do and need.</summary>
[Flags]
public enum ProgramTypeTraits : ushort
{
    /// <summary>Nothing of note.</summary>
    None = 0,
    /// <summary>Reads packets directly.</summary>
    ReadsPacket = 1,
    /// <summary>Writes packets directly.</summary>
    WritesPacket = 2,
    /// <summary>Reads packets with the classic <c>ld_abs</c> and <c>ld_ind</c> instructions.</summary>
    ClassicPacketLoads = 4,
    /// <summary>Observes: needs CAP_PERFMON besides CAP_BPF.</summary>
    NeedsPerfmon = 8,
    /// <summary>Networking: needs CAP_NET_ADMIN besides CAP_BPF.</summary>
    NeedsNetAdmin = 16,
    /// <summary>May be made sleepable (some of its hooks).</summary>
    MaySleep = 32,
    /// <summary>Needs the BTF id of what it attaches to when it is loaded.</summary>
    NeedsAttachTarget = 64,
    /// <summary>Loads through typed kernel pointers.</summary>
    BtfPointers = 128,
    /// <summary>Has to say its attach type when it is loaded.</summary>
    NeedsAttachType = 256,
    /// <summary>Loads only under a GPL-compatible licence.</summary>
    NeedsGpl = 512,
    /// <summary>May run without packet storage in one piece (XDP fragments).</summary>
    Fragments = 1024,
}
