namespace BpfSharp.Runtime.Interpreter;

/// <summary>Whether an engine checks; a type argument, so that each form is compiled without the other's code.</summary>
internal interface IMode
{
    /// <summary>Whether memory, arguments and steps are checked.</summary>
    static abstract bool IsChecked { get; }
}

/// <summary>Everything is checked: for programs nobody verified.</summary>
internal readonly struct CheckedMode : IMode
{
    /// <inheritdoc/>
    public static bool IsChecked => true;
}

/// <summary>Nothing is checked: only for what the verifier accepted.</summary>
internal readonly struct UncheckedMode : IMode
{
    /// <inheritdoc/>
    public static bool IsChecked => false;
}
