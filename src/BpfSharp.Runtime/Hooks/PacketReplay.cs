using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Packets;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Hooks;

/// <summary>A packet of a replay and what the program made of it.</summary>
/// <param name="Packet">The packet as captured.</param>
/// <param name="Result">What the program returned and left.</param>
public readonly record struct ReplayedPacket(CapturedPacket Packet, RunResult Result);

/// <summary>A hook that feeds a program the packets of a capture file (pcap or pcapng), in order, on the caller's thread.</summary>
/// <param name="Path">The capture file.</param>
public sealed record PacketReplay(string Path) : InProcessAttachPoint
{
    /// <inheritdoc/>
    protected internal override Link Attach(InProcessProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramType type = program.Spec.Type;
        return RunEnvironments.For(type) is XdpEnvironment or SocketBufferEnvironment
            ? new PacketReplayLink(this, program)
            : throw new BpfException(new Finding
            {
                Id = "BPF4220",
                Program = program.Name,
                Message = $"a program of type {type} has no packets to replay",
                Suggestion = "programs of types Xdp, SchedCls, SchedAct, SocketFilter, CgroupSkb and the lightweight tunnels have",
            });
    }
}

/// <summary>A program attached to a capture file. Disposing ends the replay after the packet under way.</summary>
public sealed class PacketReplayLink : Link
{
    private readonly PacketReplay _point;
    private readonly InProcessProgram _program;
    private volatile bool _detached;

    internal PacketReplayLink(PacketReplay point, InProcessProgram program)
    {
        _point = point;
        _program = program;
    }

    /// <inheritdoc/>
    public override AttachPoint Point => _point;

    /// <summary>
    /// Replays the capture from its first packet. Packets without Ethernet header get one; see <see cref="EthernetFraming"/>.
    /// </summary>
    /// <returns>Each packet with its result, as it is run.</returns>
    /// <exception cref="ObjectFormatException">
    /// The file is malformed (BPF15xx), or a packet has a link type that cannot be replayed (BPF4221).
    /// </exception>
    public IEnumerable<ReplayedPacket> Run()
    {
        using CaptureReader reader = CaptureReader.Open(_point.Path);
        while (!_detached && reader.TryRead(out CapturedPacket packet))
        {
            if (!EthernetFraming.TryFrame(packet, out ReadOnlyMemory<byte> frame))
            {
                throw new ObjectFormatException(new Finding
                {
                    Id = "BPF4221",
                    Where = $"{_point.Path}, packet {packet.Number}",
                    Message = $"a packet of {packet.Data.Length} bytes with link type {packet.LinkType} cannot be replayed",
                    Suggestion = "capture Ethernet, raw IP, or Linux cooked packets",
                });
            }

            yield return new ReplayedPacket(packet, _program.Run(frame));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _detached = true;
}
