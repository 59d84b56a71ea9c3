using System.Runtime.CompilerServices;

namespace BpfSharp.Runtime.Memory;

/// <summary>Copies and comparisons of native memory, quick for the few bytes of keys and values.</summary>
internal static unsafe class Bytes
{
    /// <summary>Copies; whole 8-byte words are copied as words, so that aligned counters are never torn.</summary>
    public static void Copy(byte* from, byte* to, int bytes)
    {
        if (bytes > 256)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)bytes);
            return;
        }

        int done = 0;
        for (; done <= bytes - 8; done += 8)
        {
            Unsafe.WriteUnaligned(to + done, Unsafe.ReadUnaligned<ulong>(from + done));
        }

        for (; done < bytes; done++)
        {
            to[done] = from[done];
        }
    }

    /// <summary>Whether two ranges hold the same bytes.</summary>
    public static bool AreEqual(byte* left, byte* right, int bytes)
    {
        int done = 0;
        for (; done <= bytes - 8; done += 8)
        {
            if (Unsafe.ReadUnaligned<ulong>(left + done) != Unsafe.ReadUnaligned<ulong>(right + done))
            {
                return false;
            }
        }

        for (; done < bytes; done++)
        {
            if (left[done] != right[done])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Rounds up to a multiple of 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RoundUp8(int bytes) => (bytes + 7) & ~7;
}
