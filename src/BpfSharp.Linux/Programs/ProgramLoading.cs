using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Programs;

/// <summary>BPF_PROG_LOAD with its log.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class ProgramLoading
{
    /// <summary>States, path and statistics are asked for by these levels of the kernel's log.</summary>
    internal const uint LogNone = 0;
    internal const uint LogPath = 1;
    internal const uint LogStatistics = 4;

    private const int FirstLogBytes = 256 * 1024;
    // The kernel's own limit is 1 GiB (UINT_MAX >> 2).
    private const int LargestLogBytes = 1 << 29;
    private const int Attempts = 5;

    /// <summary>What came of a load.</summary>
    /// <param name="Handle">The program; <see langword="null"/> if refused.</param>
    /// <param name="ErrorNumber">Positive errno; 0 if loaded.</param>
    /// <param name="Log">The verifier's whole log; empty if none was asked for or written.</param>
    internal sealed record Outcome(BpfHandle? Handle, int ErrorNumber, string Log);

    /// <summary>Loads; when refused without a log asked for, asks again with one, which is never dropped.</summary>
    internal static Outcome Load(ProgramImage image, uint logLevel = LogNone)
    {
        Outcome outcome = Try(image, logLevel);
        if (outcome.Handle is not null || logLevel != LogNone)
        {
            return outcome;
        }

        // Should this one succeed, the first met something passing (memory, a signal).
        return Try(image, LogPath);
    }

    private static Outcome Try(ProgramImage image, uint logLevel)
    {
        int size = logLevel == LogNone ? 0 : FirstLogBytes;
        int busy = 0;
        while (true)
        {
            byte[] log = size == 0 ? [] : GC.AllocateUninitializedArray<byte>(size);
            if (size > 0)
            {
                log[0] = 0;
            }

            int result = Call(image, logLevel, log, out uint trueSize);
            if (result == -Errno.Eagain && ++busy < Attempts)
            {
                continue;
            }

            if (result >= 0 && (trueSize <= size || size == 0))
            {
                return new Outcome(BpfHandle.Of(result), 0, Text(log));
            }

            bool cut = trueSize > size || (result == -Errno.Enospc && trueSize == 0);
            if (size > 0 && cut && size < LargestLogBytes)
            {
                if (result >= 0)
                {
                    _ = Libc.Close(result);
                }

                size = (int)Math.Min(LargestLogBytes, Math.Max(trueSize + 1L, size * 4L));
                continue;
            }

            return result >= 0
                ? new Outcome(BpfHandle.Of(result), 0, Text(log))
                : new Outcome(null, -result, Text(log));
        }
    }

    private static int Call(ProgramImage image, uint logLevel, byte[] log, out uint trueSize)
    {
        byte[] license = Encoding.UTF8.GetBytes(image.License + '\0');
        bool typed = image.Types is not null;
        fixed (byte* instructions = image.Instructions)
        fixed (byte* licensePointer = license)
        fixed (byte* logPointer = log)
        fixed (byte* functions = image.FunctionRecords)
        fixed (byte* lines = image.LineRecords)
        fixed (int* fds = image.FdArray)
        {
            ProgLoadAttr attr = new()
            {
                ProgType = (uint)image.Type,
                InsnCnt = (uint)(image.Instructions.Length / Isa.Instruction.SizeInBytes),
                Insns = (ulong)instructions,
                License = (ulong)licensePointer,
                LogLevel = logLevel,
                LogSize = (uint)log.Length,
                LogBuf = (ulong)logPointer,
                KernVersion = image.KernelVersion,
                ProgFlags = (uint)image.Flags,
                ProgName = ObjectName.From(image.Name),
                ProgIfindex = image.InterfaceIndex,
                ExpectedAttachType = (uint)(image.AttachType ?? 0),
                AttachBtfId = image.AttachTypeId,
                AttachProgFd = (uint)image.AttachToFd,
                FdArray = (ulong)fds,
            };
            if (typed && image.FunctionRecords.Length > 0)
            {
                attr.ProgBtfFd = (uint)image.Types!.Fd;
                attr.FuncInfoRecSize = 8;
                attr.FuncInfo = (ulong)functions;
                attr.FuncInfoCnt = (uint)(image.FunctionRecords.Length / 8);
                if (image.LineRecords.Length > 0)
                {
                    attr.LineInfoRecSize = (uint)image.LineRecordSize;
                    attr.LineInfo = (ulong)lines;
                    attr.LineInfoCnt = (uint)(image.LineRecords.Length / image.LineRecordSize);
                }
            }
            else if (typed)
            {
                attr.ProgBtfFd = (uint)image.Types!.Fd;
            }

            int result = BpfSyscall.Call(BpfCommand.ProgLoad, ref attr);
            trueSize = attr.LogTrueSize;
            return result;
        }
    }

    private static string Text(byte[] log)
    {
        int end = Array.IndexOf(log, (byte)0);
        return Encoding.UTF8.GetString(log, 0, Math.Max(0, end));
    }

    /// <summary>The kernel's own measure of its verifier, from a log with statistics.</summary>
    internal static TimeSpan? VerificationTime(string log)
    {
        const string Marker = "verification time ";
        int at = log.LastIndexOf(Marker, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<char> rest = log.AsSpan(at + Marker.Length);
        int end = rest.IndexOf(' ');
        return end > 0 && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long micros)
            ? TimeSpan.FromMicroseconds(micros)
            : null;
    }
}
