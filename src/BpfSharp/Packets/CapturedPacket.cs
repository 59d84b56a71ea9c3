namespace BpfSharp.Packets;

/// <summary>One packet of a capture.</summary>
/// <param name="Number">1-based position in the capture.</param>
/// <param name="Time">When it was captured; the Unix epoch when the capture does not say.</param>
/// <param name="LinkType">What its bytes begin with.</param>
/// <param name="Interface">Index of the interface in the capture.</param>
/// <param name="OriginalLength">Bytes it had on the wire.</param>
/// <param name="Data">The bytes that were captured; may be fewer.</param>
public readonly record struct CapturedPacket(
    long Number, DateTimeOffset Time, LinkType LinkType, int Interface, int OriginalLength, ReadOnlyMemory<byte> Data)
{
    /// <summary>Nanoseconds of <see cref="Time"/> below its 100 ns resolution: 0 to 99.</summary>
    public int ExtraNanoseconds { get; init; }

    /// <summary>Whether bytes are missing at the end.</summary>
    public bool IsCut => Data.Length < OriginalLength;
}
