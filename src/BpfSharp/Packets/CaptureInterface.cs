namespace BpfSharp.Packets;

/// <summary>An interface block of a pcapng section.</summary>
/// <param name="LinkType">What its packets begin with.</param>
/// <param name="SnapLength">Bytes kept of a packet; 0 for all.</param>
/// <param name="Resolution">Time unit: 10^-n seconds, or with the top bit 2^-n.</param>
/// <param name="OffsetSeconds">Added to every time.</param>
internal readonly record struct CaptureInterface(LinkType LinkType, uint SnapLength, byte Resolution, long OffsetSeconds)
{
    // What DateTimeOffset can hold; times outside are damage and become the epoch.
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>A time stamp as a point in time and the nanoseconds below 100.</summary>
    public (DateTimeOffset Time, int ExtraNanoseconds) ToTime(ulong stamp)
    {
        UInt128 nanoseconds;
        int exponent = Resolution & 0x7f;
        if ((Resolution & 0x80) != 0)
        {
            nanoseconds = ((UInt128)stamp * 1_000_000_000) >> Math.Min(exponent, 127);
        }
        else
        {
            nanoseconds = (UInt128)stamp * 1_000_000_000;
            for (int i = 0; i < Math.Min(exponent, 39); i++)
            {
                nanoseconds /= 10;
            }
        }

        Int128 seconds = (Int128)(nanoseconds / 1_000_000_000) + OffsetSeconds;
        if (seconds < 0 || seconds > MaxSeconds)
        {
            return (DateTimeOffset.UnixEpoch, 0);
        }

        int rest = (int)(nanoseconds % 1_000_000_000);
        return (DateTimeOffset.UnixEpoch.AddSeconds((long)seconds).AddTicks(rest / 100), rest % 100);
    }
}
