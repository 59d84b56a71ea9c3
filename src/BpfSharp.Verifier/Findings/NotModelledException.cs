namespace BpfSharp.Verifier.Findings;

/// <summary>The program uses something this verifier does not model: it is not judged. Never leaves this library.</summary>
#pragma warning disable CA1064, CA1032 // an exception of ours alone, made in one place
internal sealed class NotModelledException(int slot, string what) : Exception(what)
#pragma warning restore CA1064, CA1032
{
    /// <summary>The instruction; -1 if none.</summary>
    public int Slot { get; } = slot;

    /// <summary>The finding's id.</summary>
    public string Id { get; init; } = FindingIds.NotModelled;
}
