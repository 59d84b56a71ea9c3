using BpfSharp.Diagnostics;

namespace BpfSharp.Language;

/// <summary>Reads at an address for plain C#: of memory that the caller owns, the only kind a test can pass.</summary>
internal static unsafe class PlainMemory
{
    /// <summary>Copies memory; a null address faults as in the kernel.</summary>
    public static long Read(Span<byte> to, void* from)
    {
        if ((nuint)from < 4096)
        {
            to.Clear();
            return -Errno.Efault;
        }

        new ReadOnlySpan<byte>(from, to.Length).CopyTo(to);
        return 0;
    }

    /// <summary>Copies a zero-terminated string, cut to the buffer with a terminator.</summary>
    /// <returns>Bytes written with the terminator, or -14 (EFAULT).</returns>
    public static long ReadString(Span<byte> to, void* from)
    {
        if (to.IsEmpty)
        {
            return 0;
        }

        if ((nuint)from < 4096)
        {
            to.Clear();
            return -Errno.Efault;
        }

        byte* source = (byte*)from;
        for (int i = 0; i < to.Length - 1; i++)
        {
            to[i] = source[i];
            if (source[i] == 0)
            {
                return i + 1;
            }
        }

        to[^1] = 0;
        return to.Length;
    }
}
