namespace BpfSharp.Verifier.KernelLog;

/// <summary>A kind of message of the kernel's verifier and the finding it is: a row of <see cref="KernelLogRules"/>.</summary>
/// <param name="Id">Finding id.</param>
/// <param name="Words">
/// Parts the message must have, in this order, split by <c>*</c>; a leading <c>^</c> ties the first part to the start.
/// </param>
/// <param name="Suggestion">The next step.</param>
internal readonly record struct KernelLogRule(string Id, string Words, string Suggestion)
{
    /// <summary>Whether a line of the log is such a message.</summary>
    public bool Matches(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> words = Words;
        bool tied = words[0] == '^';
        if (tied)
        {
            words = words[1..];
        }

        foreach (Range part in words.Split('*'))
        {
            ReadOnlySpan<char> word = words[part];
            int at = line.IndexOf(word, StringComparison.Ordinal);
            if (at < 0 || (tied && at != 0))
            {
                return false;
            }

            tied = false;
            line = line[(at + word.Length)..];
        }

        return true;
    }
}
