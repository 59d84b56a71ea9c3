namespace BpfSharp.Language;

/// <summary>Something that exists in the kernel or in a host only was reached while a program ran as plain C#.</summary>
public sealed class PlainCSharpException : InvalidOperationException
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="what">What was reached, for example <c>bpf_get_stackid</c>.</param>
    /// <param name="instead">What to do instead.</param>
    public PlainCSharpException(string what, string instead)
        : base($"{what} does nothing as plain C#: {instead}") => What = what;

    /// <summary>What was reached.</summary>
    public string What { get; }
}
