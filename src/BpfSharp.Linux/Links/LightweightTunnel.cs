using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Netlink;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The packets of a route: lightweight tunnel programs for input, output or transmission, by the program's type.</summary>
/// <remarks>Attaching adds the route, by netlink; detaching removes it. It is no BPF link and stays when the process ends.</remarks>
/// <param name="Destination">Where the route leads.</param>
/// <param name="PrefixLength">How many bits of it.</param>
/// <param name="Interface">Through which device.</param>
[SupportedOSPlatform("linux")]
public sealed record LightweightTunnel(IPAddress Destination, byte PrefixLength, string Interface) : KernelAttachPoint
{
    private const ushort NewRoute = 24;
    private const ushort DeleteRoute = 25;
    private const ushort DestinationAttribute = 1;
    private const ushort OutputInterface = 4;
    private const ushort EncapsulationType = 21;
    private const ushort Encapsulation = 22;
    private const ushort EncapsulateByBpf = 6;
    private const ushort ProgramFd = 1;
    private const ushort ProgramName = 2;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        ushort hook = program.Spec.Type == ProgramType.LwtIn ? (ushort)1
            : program.Spec.Type == ProgramType.LwtOut ? (ushort)2
            : program.Spec.Type == ProgramType.LwtXmit ? (ushort)3
            : throw Absent(program, $"a program of type {program.Spec.Type} is none for lightweight tunnels");
        uint index = NetworkInterfaces.Index(Interface, program.Name);
        byte[] type = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(type, EncapsulateByBpf);
        NetlinkMessage message = Route(NewRoute, RouteNetlink.Create | RouteNetlink.Exclusive, index)
            .Add(EncapsulationType, type)
            .AddNest(Encapsulation, encap => encap.AddNest(hook, nest => nest
                .Add(ProgramFd, (uint)program.FileDescriptor)
                .Add(ProgramName, program.Name)));
        int result = RouteNetlink.Send(message, out string reason);
        return result < 0
            ? throw Refused(program, "RTM_NEWROUTE", -result, result switch
            {
                -Errno.Eexist => "there is a route to the destination already",
                -Errno.Eopnotsupp or -Errno.Einval => "it needs CONFIG_LWTUNNEL_BPF, and a destination with no bits beyond the prefix",
                _ => reason.Length > 0 ? reason : null,
            })
            : new HeldLink(this, () => _ = RouteNetlink.Send(Route(DeleteRoute, 0, index), out _));
    }

    private NetlinkMessage Route(ushort type, int flags, uint index)
    {
        byte[] address = Destination.GetAddressBytes();
        // struct rtmsg: family, bits, …, table main, protocol static, scope link, type unicast.
        byte[] body = new byte[12];
        body[0] = (byte)(Destination.AddressFamily == AddressFamily.InterNetworkV6 ? 10 : 2);
        body[1] = PrefixLength;
        body[4] = 254;
        body[5] = 4;
        body[6] = (byte)(body[0] == 2 ? 253 : 0);
        body[7] = 1;
        return new NetlinkMessage(type, (ushort)flags, body).Add(DestinationAttribute, address).Add(OutputInterface, index);
    }
}
