using System.Text;

namespace BpfSharp.Language;

/// <summary>The current task for plain C#: this process and thread.</summary>
internal static class PlainTask
{
    private const int NameBytes = 16;

    /// <summary>Process id (high half) and managed thread id (low half).</summary>
    public static ulong PidTgid => ((ulong)(uint)Environment.ProcessId << 32) | (uint)Environment.CurrentManagedThreadId;

    /// <summary>Copies the process's name as the kernel does: cut to 15 bytes, the rest zeros.</summary>
    public static long CopyName(Span<byte> buffer)
    {
        buffer.Clear();
        ReadOnlySpan<byte> name = Encoding.UTF8.GetBytes(
            Path.GetFileNameWithoutExtension(Environment.ProcessPath ?? "dotnet"));
        int length = Math.Min(name.Length, Math.Min(buffer.Length, NameBytes) - 1);
        name[..Math.Max(length, 0)].CopyTo(buffer);
        return 0;
    }
}
