namespace BpfSharp.Cli;

/// <summary>Exit codes of every verb, as the help documents them.</summary>
internal static class ExitCode
{
    /// <summary>Done; for <c>verify</c>: accepted.</summary>
    public const int Success = 0;

    /// <summary>Refused: a bad file, a rejected program, a fault, a difference.</summary>
    public const int Refused = 1;

    /// <summary>Not done: wrong usage, a missing file or privilege; for <c>verify</c>: not judged.</summary>
    public const int NotDone = 2;

    /// <summary>Interrupted by Ctrl-C, after cleaning up.</summary>
    public const int Interrupted = 130;
}
