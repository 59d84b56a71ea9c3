using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Links;

/// <summary>Opens kprobes and uprobes as perf events.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class ProbeSource
{
    private const string Directory = "/sys/bus/event_source/devices";
    private const int ReferenceCounterShift = 32;

    /// <summary>Whether the kernel has the kind (<c>kprobe</c> or <c>uprobe</c>).</summary>
    internal static bool Exists(string kind) => File.Exists($"{Directory}/{kind}/type");

    /// <summary>Opens a probe at a symbol or path plus offset.</summary>
    /// <param name="kind"><c>kprobe</c> or <c>uprobe</c>.</param>
    /// <param name="target">Kernel function, or path of a file; <see langword="null"/> when the offset is an address.</param>
    /// <param name="offset">Offset in it.</param>
    /// <param name="isReturn">Whether it fires at the return.</param>
    /// <param name="processId">-1 for all.</param>
    /// <param name="counterOffset">For uprobes: file offset of a reference counter (USDT semaphore); 0 for none.</param>
    /// <param name="errno">Positive errno on failure.</param>
    internal static BpfHandle? Open(
        string kind, string? target, ulong offset, bool isReturn, int processId, ulong counterOffset, out int errno)
    {
        int type = ReadNumber($"{Directory}/{kind}/type", "");
        if (type < 0)
        {
            errno = Errno.Enoent;
            return null;
        }

        int returnBit = ReadNumber($"{Directory}/{kind}/format/retprobe", "config:");
        fixed (byte* name = target is null ? null : Encoding.UTF8.GetBytes(target + '\0'))
        {
            PerfEventAttr attr = new()
            {
                Type = (uint)type,
                Config = (isReturn && returnBit >= 0 ? 1ul << returnBit : 0) | counterOffset << ReferenceCounterShift,
                Config1 = (ulong)name,
                Config2 = offset,
            };
            return PerfEventOpen.Open(ref attr, processId, processId >= 0 ? -1 : 0, out errno);
        }
    }

    private static int ReadNumber(string path, string prefix)
    {
        try
        {
            ReadOnlySpan<char> text = File.ReadAllText(path).AsSpan().Trim();
            return int.Parse(text[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return -1;
        }
    }
}
