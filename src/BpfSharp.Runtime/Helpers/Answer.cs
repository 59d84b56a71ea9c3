namespace BpfSharp.Runtime.Helpers;

/// <summary>Results of helpers as the register holds them.</summary>
internal static class Answer
{
    /// <summary>A result that may be negative.</summary>
    public static ulong Of(long result) => unchecked((ulong)result);
}
