namespace BpfSharp.Verifier.Findings;

/// <summary>Ends the analysis at the first broken rule. Never leaves this library.</summary>
#pragma warning disable CA1064, CA1032 // an exception of ours alone, made in one place
internal sealed class Rejection : Exception
#pragma warning restore CA1064, CA1032
{
    public Rejection(string id, int slot, string message, string? suggestion = null, params string[] facts)
        : base(message)
    {
        Id = id;
        Slot = slot;
        Suggestion = suggestion;
        Facts = facts;
    }

    /// <summary>A finding id of <see cref="FindingIds"/>.</summary>
    public string Id { get; }

    /// <summary>The instruction; -1 if none.</summary>
    public int Slot { get; }

    /// <summary>What would be enough.</summary>
    public string? Suggestion { get; }

    /// <summary>What is known.</summary>
    public string[] Facts { get; }
}
