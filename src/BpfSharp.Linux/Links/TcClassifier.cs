using System.Buffers.Binary;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Netlink;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>The packets of an interface at its traffic control hook, as a filter of the clsact queueing discipline.</summary>
/// <remarks>
/// By netlink, on every kernel: the filter is no BPF link and stays when the process ends, until detached. The
/// discipline is added when absent, and removed with the filter if it was added for it and nothing else uses it.
/// </remarks>
/// <param name="Interface">Its name in this network namespace.</param>
/// <param name="Direction">Received or sent packets.</param>
/// <param name="Priority">Order among filters, lower first; 1 to 65535.</param>
/// <param name="Handle">Number of the filter in its priority; at least 1.</param>
[SupportedOSPlatform("linux")]
public sealed record TcClassifier(string Interface, TrafficDirection Direction, ushort Priority = 1, uint Handle = 1)
    : KernelAttachPoint
{
    private const ushort NewQdisc = 36;
    private const ushort DeleteQdisc = 37;
    private const ushort NewFilter = 44;
    private const ushort DeleteFilter = 45;
    private const ushort GetFilter = 46;
    private const uint ClsactParent = 0xFFFFFFF1;
    private const uint ClsactHandle = 0xFFFF0000;
    private const uint IngressParent = 0xFFFFFFF2;
    private const uint EgressParent = 0xFFFFFFF3;
    private const ushort AttributeKind = 1;
    private const ushort AttributeOptions = 2;
    private const ushort BpfFd = 6;
    private const ushort BpfName = 7;
    private const ushort BpfFlags = 8;
    private const uint DirectAction = 1;
    private const ushort AllProtocols = 0x0300;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        uint index = NetworkInterfaces.Index(Interface, program.Name);
        bool added = AddDiscipline(program, index);
        int result = Filter(program, index, NewFilter, RouteNetlink.Create | RouteNetlink.Exclusive, out string reason);
        if (result < 0)
        {
            if (added)
            {
                RemoveDiscipline(index);
            }

            throw Refused(program, "RTM_NEWTFILTER", -result, -result == Errno.Eexist
                ? "a filter has this priority and handle: take others, or detach it"
                : reason.Length > 0 ? reason : "tc filters need CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS");
        }

        return new HeldLink(this, () => Detach(index, added), next =>
        {
            int replaced = Filter(next, index, NewFilter, RouteNetlink.Replace, out string why);
            if (replaced < 0)
            {
                throw Refused(next, "RTM_NEWTFILTER", -replaced, why.Length > 0 ? why : null);
            }
        });
    }

    private void Detach(uint index, bool removeDiscipline)
    {
        NetlinkMessage message = new(DeleteFilter, 0, Header(index, Handle, Parent, (uint)Priority << 16 | AllProtocols));
        message.Add(AttributeKind, "bpf");
        _ = RouteNetlink.Send(message, out _);
        if (removeDiscipline)
        {
            RemoveDiscipline(index);
        }
    }

    private uint Parent => Direction == TrafficDirection.Ingress ? IngressParent : EgressParent;

    private bool AddDiscipline(KernelProgram program, uint index)
    {
        NetlinkMessage message = new(NewQdisc, RouteNetlink.Create | RouteNetlink.Exclusive, Header(index, ClsactHandle, ClsactParent, 0));
        message.Add(AttributeKind, "clsact");
        int result = RouteNetlink.Send(message, out string reason);
        return result switch
        {
            0 => true,
            -Errno.Eexist => false,
            _ => throw Refused(program, "RTM_NEWQDISC", -result, reason.Length > 0 ? reason : "clsact needs CONFIG_NET_SCH_INGRESS"),
        };
    }

    private static void RemoveDiscipline(uint index)
    {
        // Removing it takes every filter along, so others keep it.
        if (RouteNetlink.CountOf(new NetlinkMessage(GetFilter, RouteNetlink.Dump, Header(index, 0, IngressParent, 0)), NewFilter) > 0
            || RouteNetlink.CountOf(new NetlinkMessage(GetFilter, RouteNetlink.Dump, Header(index, 0, EgressParent, 0)), NewFilter) > 0)
        {
            return;
        }

        NetlinkMessage message = new(DeleteQdisc, 0, Header(index, ClsactHandle, ClsactParent, 0));
        _ = RouteNetlink.Send(message, out _);
    }

    private int Filter(KernelProgram program, uint index, ushort type, int flags, out string reason)
    {
        NetlinkMessage message = new(type, (ushort)flags, Header(index, Handle, Parent, (uint)Priority << 16 | AllProtocols));
        message.Add(AttributeKind, "bpf").AddNest(AttributeOptions, options => options
            .Add(BpfFd, (uint)program.FileDescriptor)
            .Add(BpfName, program.Name)
            .Add(BpfFlags, DirectAction));
        return RouteNetlink.Send(message, out reason);
    }

    /// <summary><c>struct tcmsg</c>.</summary>
    private static byte[] Header(uint index, uint handle, uint parent, uint info)
    {
        byte[] bytes = new byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), index);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), handle);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), parent);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), info);
        return bytes;
    }
}
