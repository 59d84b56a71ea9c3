using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Links;

/// <summary>Kinds of BPF links (the kernel's <c>enum bpf_link_type</c>).</summary>
public enum LinkKind
{
    /// <summary>Not said.</summary>
    Unspecified = 0,
    /// <summary>Raw tracepoint.</summary>
    RawTracepoint = 1,
    /// <summary>fentry, fexit, fmod_ret, LSM, freplace.</summary>
    Tracing = 2,
    /// <summary>Cgroup hook.</summary>
    Cgroup = 3,
    /// <summary>Iterator.</summary>
    Iterator = 4,
    /// <summary>Network namespace.</summary>
    NetworkNamespace = 5,
    /// <summary>XDP.</summary>
    Xdp = 6,
    /// <summary>Perf event: tracepoint, kprobe, uprobe, sampling.</summary>
    PerfEvent = 7,
    /// <summary>kprobe.multi.</summary>
    KprobeMulti = 8,
    /// <summary>Kernel operations structure.</summary>
    StructOps = 9,
    /// <summary>Netfilter hook.</summary>
    Netfilter = 10,
    /// <summary>tcx.</summary>
    Tcx = 11,
    /// <summary>uprobe.multi.</summary>
    UprobeMulti = 12,
    /// <summary>netkit.</summary>
    Netkit = 13,
    /// <summary>sockmap.</summary>
    SocketMap = 14,
}

/// <summary>The kernel's description of a BPF link.</summary>
[SupportedOSPlatform("linux")]
public sealed record LinkInfo
{
    /// <summary>Its id, unique while the system runs.</summary>
    public required uint Id { get; init; }

    /// <summary>Kind of link.</summary>
    public required LinkKind Kind { get; init; }

    /// <summary>Id of its program.</summary>
    public required uint ProgramId { get; init; }

    /// <summary>Number of the network interface, for XDP, tcx and netkit; else 0.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>The kernel's <c>enum bpf_attach_type</c>, where the kind tells; else <see langword="null"/>.</summary>
    public Hooks.AttachType? AttachType { get; init; }

    /// <summary>Cgroup id, network namespace inode, BTF id of the target or map id, as the kind has; else 0.</summary>
    public ulong TargetId { get; init; }

    /// <summary>How many functions a multi link has; else 0.</summary>
    public uint Count { get; init; }

    /// <summary>Name of the tracepoint, iterator target, function or file, where the kernel tells; else <see langword="null"/>.</summary>
    public string? TargetName { get; init; }

    /// <summary>Reads it from a link.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static unsafe LinkInfo Read(BpfHandle link)
    {
        byte* name = stackalloc byte[256];
        new Span<byte>(name, 256).Clear();
        RawLinkInfo raw = default;
        int result = BpfSyscall.Info(link.Fd, ref raw);
        if (result >= 0 && (LinkKind)raw.Type is LinkKind.RawTracepoint or LinkKind.Iterator)
        {
            raw = default;
            raw.Union[0] = (ulong)name;
            raw.Union[1] = 256;
            result = BpfSyscall.Info(link.Fd, ref raw);
        }
        else if (result >= 0 && (LinkKind)raw.Type == LinkKind.PerfEvent && (uint)raw.Union[0] != 0)
        {
            uint perfKind = (uint)raw.Union[0];
            RawLinkInfo asked = default;
            // A tracepoint's, kprobe's or uprobe's name goes where its pointer stands: after the kind word.
            if (perfKind is >= 1 and <= 5)
            {
                asked.Union[1] = (ulong)name;
                asked.Union[2] = 256;
                int second = BpfSyscall.Info(link.Fd, ref asked);
                raw = second >= 0 ? asked : raw;
            }
        }

        return result < 0
            ? throw KernelException.Refused("BPF5025", "link", "BPF_OBJ_GET_INFO_BY_FD", -result)
            : Convert(raw, Marshal.PtrToStringUTF8((nint)name) ?? "");
    }

    private static unsafe LinkInfo Convert(RawLinkInfo raw, string name)
    {
        LinkKind kind = (LinkKind)raw.Type;
        uint low = (uint)raw.Union[0];
        uint high = (uint)(raw.Union[0] >> 32);
        LinkInfo info = new() { Id = raw.Id, Kind = kind, ProgramId = raw.ProgId, TargetName = name.Length > 0 ? name : null };
        return kind switch
        {
            LinkKind.Xdp => info with { InterfaceIndex = low, AttachType = Hooks.AttachType.Xdp },
            LinkKind.Tcx or LinkKind.Netkit => info with { InterfaceIndex = low, AttachType = (Hooks.AttachType)high },
            LinkKind.NetworkNamespace => info with { TargetId = low, AttachType = (Hooks.AttachType)high },
            LinkKind.Cgroup => info with { TargetId = raw.Union[0], AttachType = (Hooks.AttachType)(uint)raw.Union[1] },
            LinkKind.Tracing => info with { AttachType = (Hooks.AttachType)low, TargetId = (uint)raw.Union[1] },
            LinkKind.StructOps => info with { TargetId = low, AttachType = Hooks.AttachType.StructOps },
            LinkKind.SocketMap => info with { TargetId = low, AttachType = (Hooks.AttachType)high },
            LinkKind.Netfilter => info with { AttachType = Hooks.AttachType.Netfilter },
            LinkKind.KprobeMulti => info with { Count = (uint)raw.Union[1] },
            LinkKind.UprobeMulti => info with { Count = raw.CountOfUprobes },
            LinkKind.Unspecified or LinkKind.RawTracepoint or LinkKind.Iterator or LinkKind.PerfEvent or _ => info,
        };
    }

    /// <summary><c>struct bpf_link_info</c>: three words, then a union.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct RawLinkInfo
    {
        public uint Type;
        public uint Id;
        public uint ProgId;
        private readonly uint _pad;
        public fixed ulong Union[8];

        // path u64, offsets u64, ref_ctr_offsets u64, cookies u64, path_size u32, count u32
        public readonly unsafe uint CountOfUprobes => (uint)(Union[4] >> 32);
    }
}
