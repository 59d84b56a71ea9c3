using System.Numerics;
using System.Runtime.CompilerServices;

namespace BpfSharp.Runtime.Maps;

/// <summary>How keys of one size are hashed and compared.</summary>
internal unsafe interface IHashKey
{
    /// <summary>The bucket of a key.</summary>
    static abstract ulong Bucket(HashTable* table, byte* key);

    /// <summary>Whether two keys are equal.</summary>
    static abstract bool AreEqual(HashTable* table, byte* left, byte* right);
}

/// <summary>What a lookup does with the node it found.</summary>
internal unsafe interface IHashKind
{
    /// <summary>The value's address for a CPU slot.</summary>
    static abstract byte* Found(HashTable* table, HashNode* node, int cpu);
}

/// <summary>Lookups in hash maps, made for each key size and kind; compiled programs call them directly.</summary>
/// <remarks>No locks: nodes are never unmapped, and a chain tells at its end which bucket it belongs to.</remarks>
internal static unsafe class HashLookup
{
    /// <summary>The value of a key, or null.</summary>
    public static byte* Find<TKey, TKind>(byte* table, byte* key, int cpu)
        where TKey : struct, IHashKey
        where TKind : struct, IHashKind
    {
        HashTable* hash = (HashTable*)table;
        ulong bucket = TKey.Bucket(hash, key);
        nuint end = HashTable.EndOf(bucket);
        nuint at;
        nuint head;
        do
        {
            head = Volatile.Read(ref hash->Buckets[bucket]);
            at = head;
            while ((at & 1) == 0)
            {
                HashNode* node = (HashNode*)at;
                if (TKey.AreEqual(hash, (byte*)node + HashNode.HeaderBytes, key))
                {
                    return TKind.Found(hash, node, cpu);
                }

                at = Volatile.Read(ref node->Next);
            }
        }
        while (at != end || head != Volatile.Read(ref hash->Buckets[bucket]));

        // A replaced element goes to the front before its old node leaves: a walk that began behind the new one and came too
        // late for the old one finds neither, but it finds another head, and walks again.
        return null;
    }
}

/// <summary>Keys of 4 bytes. Multiply-shift with a random odd factor is universal, so chains stay short for any keys.</summary>
internal readonly unsafe struct Key4 : IHashKey
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bucket(HashTable* table, byte* key) =>
        (Unsafe.ReadUnaligned<uint>(key) * table->Multiplier) >> table->Shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(HashTable* table, byte* left, byte* right) =>
        Unsafe.ReadUnaligned<uint>(left) == Unsafe.ReadUnaligned<uint>(right);
}

/// <summary>Keys of 8 bytes.</summary>
internal readonly unsafe struct Key8 : IHashKey
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bucket(HashTable* table, byte* key)
    {
        // Without the fold, keys that differ only in their high half would meet in few buckets.
        ulong word = Unsafe.ReadUnaligned<ulong>(key);
        return ((word ^ (word >> 32)) * table->Multiplier) >> table->Shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(HashTable* table, byte* left, byte* right) =>
        Unsafe.ReadUnaligned<ulong>(left) == Unsafe.ReadUnaligned<ulong>(right);
}

/// <summary>Keys of 16 bytes.</summary>
internal readonly unsafe struct Key16 : IHashKey
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bucket(HashTable* table, byte* key)
    {
        ulong low = Unsafe.ReadUnaligned<ulong>(key) * table->Multiplier;
        ulong high = BitOperations.RotateLeft(low, 32) ^ Unsafe.ReadUnaligned<ulong>(key + 8) ^ table->Seed;
        return ((high ^ (high >> 32)) * table->Multiplier) >> table->Shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(HashTable* table, byte* left, byte* right) =>
        Unsafe.ReadUnaligned<ulong>(left) == Unsafe.ReadUnaligned<ulong>(right)
        && Unsafe.ReadUnaligned<ulong>(left + 8) == Unsafe.ReadUnaligned<ulong>(right + 8);
}

/// <summary>Keys of any other size.</summary>
internal readonly unsafe struct KeyAny : IHashKey
{
    public static ulong Bucket(HashTable* table, byte* key)
    {
        int bytes = table->KeySize;
        ulong hash = table->Seed;
        int done = 0;
        for (; done <= bytes - 8; done += 8)
        {
            hash = (hash ^ Unsafe.ReadUnaligned<ulong>(key + done)) * table->Multiplier;
            hash ^= hash >> 32;
        }

        ulong tail = (ulong)bytes << 56;
        for (int shift = 0; done < bytes; done++, shift += 8)
        {
            tail ^= (ulong)key[done] << shift;
        }

        hash = (hash ^ tail) * table->Multiplier;
        return ((hash ^ (hash >> 32)) * table->Multiplier) >> table->Shift;
    }

    public static bool AreEqual(HashTable* table, byte* left, byte* right) =>
        Memory.Bytes.AreEqual(left, right, table->KeySize);
}

/// <summary>One value for all.</summary>
internal readonly unsafe struct SharedValue : IHashKind
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Found(HashTable* table, HashNode* node, int cpu) => node->Value;
}

/// <summary>A value per CPU slot.</summary>
internal readonly unsafe struct PerCpuValue : IHashKind
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Found(HashTable* table, HashNode* node, int cpu) => node->Value + (cpu * table->CpuBytes);
}

/// <summary>One value for all or per CPU slot, in a map that evicts: a lookup by a program is a use.</summary>
internal readonly unsafe struct LruValue : IHashKind
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Found(HashTable* table, HashNode* node, int cpu)
    {
        if (!node->Referenced)
        {
            node->Referenced = true;
        }

        return node->Value + (cpu * table->CpuBytes);
    }
}
