namespace BpfSharp.Runtime.Faults;

/// <summary>Stops a run from inside: thrown by engines and helpers, caught where the run was started, never seen by users.</summary>
/// <remarks>The instruction is in <see cref="Memory.RunContext.Ip"/>.</remarks>
#pragma warning disable CA1032, CA1064 // never leaves the library: it becomes RunResult.Fault
internal sealed class ProgramFault(FaultKind kind, string? detail) : Exception
#pragma warning restore CA1032, CA1064
{
    /// <summary>Why.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>What was found, for the message.</summary>
    public string? Detail { get; } = detail;

    /// <inheritdoc/>
    public override string Message => Detail ?? Kind.ToString();
}
