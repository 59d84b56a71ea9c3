using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Packets;

namespace BpfSharp.Cli.Output;

/// <summary>
/// The capture a run writes: as pcap the packets that go on, as pcapng (by the file's extension) all of them with their verdicts.
/// </summary>
internal sealed class CaptureOutput(FileInfo file, ProgramType type) : IDisposable
{
    private readonly bool _hasVerdicts = file.Extension.Equals(".pcapng", StringComparison.OrdinalIgnoreCase);
    private PcapngWriter? _all;
    private CaptureWriter? _passed;

    /// <summary>Packets written.</summary>
    public long Count => (_all?.Count ?? 0) + (_passed?.Count ?? 0);

    /// <summary>Writes a packet as the program left it, if the file is to have it.</summary>
    public void Write(in CapturedPacket packet, RunResult result)
    {
        if (_hasVerdicts)
        {
            _all ??= PcapngWriter.Create(file.FullName);
            string name = result.Fault is { } fault ? $"{fault.Id}: {fault.Message}" : VerdictTable.Name(type, result.ReturnValue);
            _all.Write(packet, result.Packet.Span, new PacketVerdict(type, result.ReturnValue, name, result.Fault is not null));
        }
        else if (result.Fault is null && VerdictTable.LetsThrough(type, result.ReturnValue))
        {
            _passed ??= CaptureWriter.Create(file.FullName, packet.LinkType);
            int original = packet.IsCut ? packet.OriginalLength - packet.Data.Length + result.Packet.Length : result.Packet.Length;
            _passed.Write(packet.Time, result.Packet.Span, original, packet.ExtraNanoseconds);
        }
    }

    /// <summary>Closes the file; without packets it is an empty capture.</summary>
    public void Dispose()
    {
        if (Count == 0 && _hasVerdicts)
        {
            _all ??= PcapngWriter.Create(file.FullName);
        }
        else if (Count == 0)
        {
            _passed ??= CaptureWriter.Create(file.FullName, LinkType.Ethernet);
        }

        _all?.Dispose();
        _passed?.Dispose();
    }
}
