namespace BpfSharp.Runtime.Faults;

/// <summary>Stops a run from inside: thrown by engines and helpers, caught where the run was started, never seen by users.</summary>
#pragma warning disable CA1032, CA1064 // never leaves the library: it becomes RunResult.Fault
internal sealed class ProgramFault(FaultKind kind, int slot, string? detail) : Exception
#pragma warning restore CA1032, CA1064
{
    /// <summary>Why.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>Slot of the instruction; -1 while a helper runs, the engine then adds it.</summary>
    public int Slot { get; set; } = slot;

    /// <summary>What was found, for the message.</summary>
    public string? Detail { get; } = detail;

    /// <summary>The program whose instruction <see cref="Slot"/> is; set by the engine.</summary>
    public Hosting.RuntimeProgram? Program { get; set; }

    /// <inheritdoc/>
    public override string Message => Detail ?? Kind.ToString();
}
