using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Reads of addresses that may fault: here every address outside the program's own memory does (EFAULT; for kernel reads of user addresses ERANGE).</summary>
internal static unsafe class ProbeHelpers
{
    /// <summary>Where the kernel's half of addresses begins; reading kernel memory below it is out of range, not a fault.</summary>
    private const ulong KernelHalf = 1UL << 47;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(4, "probe_read", Read),
        new(36, "probe_write_user", Write),
        new(45, "probe_read_str", ReadText),
        new(112, "probe_read_user", Read),
        new(113, "probe_read_kernel", ReadKernel),
        new(114, "probe_read_user_str", ReadText),
        new(115, "probe_read_kernel_str", ReadKernelText),
        new(148, "copy_from_user", Read),
    ];

    private static ulong ReadKernel(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Read(run, r1, r2, r3, r4, r5) is var result && result != 0 && r3 < KernelHalf ? Answer.Of(-Errno.Erange) : result;

    private static ulong ReadKernelText(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ReadText(run, r1, r2, r3, r4, r5) is var result && (long)result < 0 && r3 < KernelHalf ? Answer.Of(-Errno.Erange) : result;

    private static ulong Read(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint size = (uint)r2;
        if (!run.MayReach(r3, size, write: false, out _))
        {
            NativeMemory.Clear((void*)r1, size);
            return Answer.Of(-Errno.Efault);
        }

        Buffer.MemoryCopy((void*)r3, (void*)r1, size, size);
        return 0;
    }

    private static ulong ReadText(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint size = (uint)r2;
        byte* to = (byte*)r1;
        for (uint i = 0; i < size; i++)
        {
            if (!run.MayReach(r3 + i, 1, write: false, out _))
            {
                NativeMemory.Clear(to, size);
                return Answer.Of(-Errno.Efault);
            }

            to[i] = *(byte*)(r3 + i);
            if (to[i] == 0)
            {
                return i + 1;
            }
        }

        if (size > 0)
        {
            to[size - 1] = 0;
        }

        return size;
    }

    private static ulong Write(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Answer.Of(-Errno.Eperm);
}
