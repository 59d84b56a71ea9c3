using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Where a packet goes, and what its socket and route are. Devices are not touched: decisions are recorded.</summary>
internal static unsafe class ForwardingHelpers
{
    private const ulong Ingress = 1;
    private const ulong XdpActionMask = 3;
    private const ulong Broadcast = 8;
    private const ulong ExcludeIngress = 16;
    private const uint XdpAborted = 0;
    private const uint XdpRedirect = 4;
    private const uint TcShot = 2;
    private const uint TcRedirect = 7;
    private const uint NotForwarded = 4;
    private const int FibParametersBytes = 64;
    private const ulong FibFlags = 0x3f;
    private const uint LoopbackInterface = 1;
    private const uint LoopbackMtu = 65_536;
    private const uint EthernetMtu = 1500;
    private const ulong SegmentCheck = 1;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(13, "clone_redirect", CloneRedirect),
        new(17, "get_cgroup_classid", Zero),
        new(23, "redirect", Redirect),
        new(24, "get_route_realm", Zero),
        new(34, "get_hash_recalc", RecalculateHash),
        new(41, "set_hash_invalid", InvalidateHash),
        new(46, "get_socket_cookie", Zero),
        new(47, "get_socket_uid", NoUser),
        new(48, "set_hash", SetHash),
        new(51, "redirect_map", RedirectMap),
        new(69, "fib_lookup", FibLookup),
        new(79, "skb_cgroup_id", Zero),
        new(66, "skb_get_xfrm_state", NoState),
        new(83, "skb_ancestor_cgroup_id", Zero),
        new(84, "sk_lookup_tcp", Zero),
        new(85, "sk_lookup_udp", Zero),
        new(86, "sk_release", Zero),
        new(95, "sk_fullsock", Zero),
        new(96, "tcp_sock", Zero),
        new(98, "get_listener_sock", Zero),
        new(99, "skc_lookup_tcp", Zero),
        new(100, "tcp_check_syncookie", NoSuchThing),
        new(110, "tcp_gen_syncookie", NoSuchThing),
        new(124, "sk_assign", AssignSocket),
        new(128, "sk_cgroup_id", Zero),
        new(129, "sk_ancestor_cgroup_id", Zero),
        new(136, "skc_to_tcp6_sock", Zero),
        new(137, "skc_to_tcp_sock", Zero),
        new(138, "skc_to_tcp_timewait_sock", Zero),
        new(139, "skc_to_tcp_request_sock", Zero),
        new(140, "skc_to_udp6_sock", Zero),
        new(152, "redirect_neigh", RedirectWithFlags),
        new(155, "redirect_peer", RedirectPeer),
        new(163, "check_mtu", CheckMtu),
        new(192, "skb_set_tstamp", SetTimestamp),
    ];

    private static bool IsXdp(RunContext run) => run.Program.Type == ProgramType.Xdp;

    private static ulong Redirect(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (IsXdp(run) ? r2 != 0 : (r2 & ~Ingress) != 0)
        {
            run.PacketState.Redirection = null;
            return IsXdp(run) ? XdpAborted : TcShot;
        }

        run.PacketState.Redirection = new Redirection((uint)r1, null, 0, 0, r2);
        return IsXdp(run) ? XdpRedirect : TcRedirect;
    }

    private static ulong RedirectWithFlags(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // redirect_neigh: neighbour parameters or none; no flags are defined.
        if (r4 != 0)
        {
            return TcShot;
        }

        run.PacketState.Redirection = new Redirection((uint)r1, null, 0, 0, 0);
        return TcRedirect;
    }

    private static ulong RedirectPeer(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r2 != 0)
        {
            return TcShot;
        }

        run.PacketState.Redirection = new Redirection((uint)r1, null, 0, 0, 0);
        return TcRedirect;
    }

    private static ulong RedirectMap(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        uint key = (uint)r2;
        bool isDevices = map.Spec.Type is BpfSharp.Maps.MapType.DevMap or BpfSharp.Maps.MapType.DevMapHash;
        ulong allowed = XdpActionMask | (isDevices ? Broadcast | ExcludeIngress : 0);
        if ((r3 & ~allowed) != 0)
        {
            return XdpAborted;
        }

        byte* value = map.Spec.KeySize == sizeof(uint) ? map.LookupElement((byte*)&key, run.Cpu) : null;
        if (value is null && (r3 & Broadcast) == 0)
        {
            run.PacketState.Redirection = null;
            return r3 & XdpActionMask;
        }

        uint target = value is null ? 0 : Unsafe.ReadUnaligned<uint>(value);
        run.PacketState.Redirection = new Redirection(isDevices ? target : 0, map.Name, key, target, r3);
        return XdpRedirect;
    }

    private static ulong CloneRedirect(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if ((r3 & ~Ingress) != 0 || (uint)r2 == 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        run.PacketState.Clones.Add(new Redirection((uint)r2, null, 0, 0, r3));
        return 0;
    }

    private static ulong RecalculateHash(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint hash = SkbLayout.Get(run, SkbLayout.Hash);
        if (hash == 0)
        {
            hash = FlowHash.Of(new ReadOnlySpan<byte>(run.Data, (int)(run.DataEnd - run.Data)), run.LinkBytes);
            SkbLayout.Set(run, SkbLayout.Hash, hash);
        }

        return hash;
    }

    private static ulong InvalidateHash(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        SkbLayout.Set(run, SkbLayout.Hash, 0);
        return 0;
    }

    private static ulong SetHash(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        SkbLayout.Set(run, SkbLayout.Hash, (uint)r2);
        return 0;
    }

    private static ulong SetTimestamp(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r3 > 1 || (r3 == 0 && r2 != 0))
        {
            return Answer.Of(-Errno.Einval);
        }

        Unsafe.WriteUnaligned(run.Context + SkbLayout.Timestamp, r2);
        return 0;
    }

    private static ulong FibLookup(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        const byte Inet = 2;
        const byte Inet6 = 10;
        const int InterfaceOffset = 8;
        byte* parameters = (byte*)r2;
        return r3 < FibParametersBytes || (r4 & ~FibFlags) != 0 ? Answer.Of(-Errno.Einval)
            : parameters[0] is not (Inet or Inet6) ? Answer.Of(-Errno.Eafnosupport)
            : Unsafe.ReadUnaligned<uint>(parameters + InterfaceOffset) == 0 ? Answer.Of(-Errno.Enodev)
            : NotForwarded;
    }

    private static ulong CheckMtu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if ((r5 & ~SegmentCheck) != 0 || (IsXdp(run) && r5 != 0))
        {
            return Answer.Of(-Errno.Einval);
        }

        const uint LinkHeader = 14;
        uint mtu = (uint)r2 <= LoopbackInterface ? LoopbackMtu : EthernetMtu;
        uint* wanted = (uint*)r3;
        long bytes = *wanted != 0 ? (long)*wanted + LinkHeader : PacketHelpers.LengthOf(run);
        bytes += (int)r4;
        *wanted = mtu;
        return bytes <= mtu + LinkHeader ? 0 : 1u;
    }

    // No socket: what the kernel answers when it is given none.
    // There are no sockets here; a socket lookup may say so itself.
    private static ulong AssignSocket(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        const ulong ReplaceAndNoReuseport = 3;
        return run.Program.Type != ProgramType.SkLookup ? NoSuchThing(run, r1, r2, r3, r4, r5)
            : (r3 & ~ReplaceAndNoReuseport) != 0 ? Answer.Of(-Errno.Einval) : 0;
    }

    private static ulong NoSuchThing(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Answer.Of(-Errno.Einval);

    private static ulong NoState(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r3, (uint)r4);
        return Answer.Of(-Errno.Einval);
    }

    private static ulong NoUser(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // What the kernel says of a packet without full socket: the overflow user (nobody).
        const uint Nobody = 65_534;
        return Nobody;
    }

    // No socket, route or cgroup belongs to a replayed packet.
    private static ulong Zero(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;
}
