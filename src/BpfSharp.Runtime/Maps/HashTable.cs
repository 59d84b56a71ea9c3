using System.Runtime.InteropServices;

namespace BpfSharp.Runtime.Maps;

/// <summary>The part of a hash map that lookups read, in native memory so that compiled programs hold its address.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HashTable
{
    /// <summary>First node of each bucket; an odd word ends a chain, see <see cref="EndOf"/>.</summary>
    public nuint* Buckets;

    /// <summary>Random odd number that keys are multiplied with.</summary>
    public ulong Multiplier;

    /// <summary>Second random number, for keys longer than 8 bytes.</summary>
    public ulong Seed;

    /// <summary>64 minus the binary logarithm of the number of buckets.</summary>
    public int Shift;

    /// <summary>Bytes of a key.</summary>
    public int KeySize;

    /// <summary>Bytes from one CPU slot's values to the next; 0 if values are shared.</summary>
    public nint CpuBytes;

    /// <summary>
    /// What ends the chain of a bucket. It names the bucket: a reader that was led into another chain, because the node it
    /// stood on was freed and used again, sees it at the end and starts anew.
    /// </summary>
    public static nuint EndOf(ulong bucket) => (nuint)((bucket << 1) | 1);
}

/// <summary>One element of a hash map; the key follows it. The value stands elsewhere, where programs can do no harm.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HashNode
{
    /// <summary>Bytes before the key.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Next node of the bucket, or an odd end word. Kept after deletion, for readers that stand here.</summary>
    public nuint Next;

    /// <summary>The value (of CPU slot 0).</summary>
    public byte* Value;

    /// <summary>While free: number of the next free node plus 1; 0 for none.</summary>
    public uint FreeLink;

    /// <summary>Whether the element is in the map.</summary>
    public bool InUse;

    /// <summary>Whether it was looked up since the eviction hand passed (LRU kinds).</summary>
    public bool Referenced;
}
