namespace BpfSharp.Packets;

/// <summary>Where packets come from: a file on any system, or a live interface where the host offers one.</summary>
public interface IPacketSource : IDisposable
{
    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet, when the method returns <see langword="true"/>; its bytes are its own.</param>
    /// <returns><see langword="false"/> at the end.</returns>
    /// <exception cref="Diagnostics.ObjectFormatException">The source is malformed or cut off (BPF15xx).</exception>
    bool TryRead(out CapturedPacket packet);
}
