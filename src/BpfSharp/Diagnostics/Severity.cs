namespace BpfSharp.Diagnostics;

/// <summary>How bad a finding is.</summary>
public enum Severity : byte
{
    /// <summary>Worth knowing.</summary>
    Info,
    /// <summary>Works, but probably not as meant.</summary>
    Warning,
    /// <summary>A refusal.</summary>
    Error,
}
