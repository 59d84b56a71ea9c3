using System.Globalization;

namespace BpfSharp.Linux.Loading;

/// <summary>Reads the kernel verifier's log: where it stopped and what it said.</summary>
internal static class VerifierLog
{
    /// <summary>The last line that says something, and the last instruction named.</summary>
    /// <returns>Slot -1 if no instruction is named.</returns>
    internal static (int Slot, string Message) Summarize(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int slot = -1;
        string message = lines.Length > 0 ? lines[^1] : "no reason given";
        bool found = false;
        for (int i = lines.Length - 1; i >= 0 && slot < 0; i--)
        {
            string line = lines[i];
            if (!found && !IsStatistics(line))
            {
                message = line;
                found = true;
            }

            int colon = line.IndexOf(": (", StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(line.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int at))
            {
                slot = at;
            }
        }

        return (slot, message);
    }

    private static bool IsStatistics(string line) =>
        line.StartsWith("processed ", StringComparison.Ordinal) || line.StartsWith("verification time ", StringComparison.Ordinal)
        || line.StartsWith("stack depth ", StringComparison.Ordinal) || line.StartsWith("mark_precise:", StringComparison.Ordinal);
}
