namespace BpfSharp.Hooks;

/// <summary>What a helper does besides returning.</summary>
[Flags]
public enum HelperTraits : ushort
{
    /// <summary>Nothing of note.</summary>
    None = 0,
    /// <summary>Only for programs under a GPL-compatible licence.</summary>
    GplOnly = 1,
    /// <summary>Memory arguments may point into a packet.</summary>
    PacketAccess = 2,
    /// <summary>Packet pointers are invalid afterwards.</summary>
    ChangesPacket = 4,
    /// <summary>The result is a reference the program must give back.</summary>
    AcquiresReference = 8,
    /// <summary>An argument's reference is given back.</summary>
    ReleasesReference = 16,
    /// <summary>May sleep: only in sleepable programs, outside locks.</summary>
    MaySleep = 32,
    /// <summary>Keeps r1-r5 where the kernel inlines it (clang's <c>bpf_fastcall</c>).</summary>
    FastCall = 64,
    /// <summary>Calls a function of the program before it returns.</summary>
    CallsBack = 128,
    /// <summary>Calls a function of the program later.</summary>
    CallsBackLater = 256,
    /// <summary>Needs CAP_PERFMON (it can read kernel memory or addresses).</summary>
    NeedsPerfmon = 512,
    /// <summary>Takes further arguments, up to five in all, of any kind.</summary>
    Variadic = 1024,
}
