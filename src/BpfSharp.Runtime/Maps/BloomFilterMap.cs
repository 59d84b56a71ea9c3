using System.Numerics;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Bloom filters: push adds a value, peek tells whether it may have been added.</summary>
internal sealed unsafe class BloomFilterMap : RuntimeMap
{
    private const int DefaultHashes = 5;

    private readonly ulong* _bits;
    private readonly uint _mask;
    private readonly int _hashes;
    private readonly ulong _seed;

    /// <summary>Makes an empty filter.</summary>
    public BloomFilterMap(MapSpec spec) : base(spec)
    {
        _hashes = (spec.Extra & 0xF) == 0 ? DefaultHashes : (int)(spec.Extra & 0xF);

        // The best number of bits is entries * hashes / ln 2; the kernel takes 7/5 for 1/ln 2 and rounds up to a power of two.
        ulong bits = BitOperations.RoundUpToPowerOf2(Math.Max(64, (ulong)spec.MaxEntries * (ulong)_hashes * 7 / 5));
        bits = Math.Min(bits, 1UL << 32);
        _mask = (uint)(bits - 1);
        _bits = (ulong*)NativeMemory.AllocZeroed((nuint)(bits / 64), sizeof(ulong));
        _seed = (spec.Flags & MapFlags.ZeroSeed) != 0 ? 0 : (ulong)Random.Shared.NextInt64();
    }

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Eopnotsupp;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <inheritdoc/>
    public override long Push(byte* value, ulong flags)
    {
        if (flags != MapOperation.Any)
        {
            return -Errno.Einval;
        }

        for (int i = 0; i < _hashes; i++)
        {
            uint bit = Hash(value, i) & _mask;
            Interlocked.Or(ref _bits[bit / 64], 1UL << (int)(bit % 64));
        }

        return 0;
    }

    /// <inheritdoc/>
    public override long Peek(byte* value)
    {
        for (int i = 0; i < _hashes; i++)
        {
            uint bit = Hash(value, i) & _mask;
            if ((Volatile.Read(ref _bits[bit / 64]) & (1UL << (int)(bit % 64))) == 0)
            {
                return -Errno.Enoent;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) =>
        flags != 0 ? -Errno.Einval : (int)Peek(value);

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) => (int)Push(value, flags);

    /// <inheritdoc/>
    protected override int TakeValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => -Errno.Eopnotsupp;

    /// <inheritdoc/>
    protected override void Free() => NativeMemory.Free(_bits);

    private uint Hash(byte* value, int round)
    {
        HashTable table = new()
        {
            KeySize = Spec.ValueSize,
            Multiplier = 0x9E37_79B9_7F4A_7C15,
            Seed = _seed + ((ulong)round * 0xD6E8_FEB8_6659_FD93),
            Shift = 32,
        };
        return (uint)KeyAny.Bucket(&table, value);
    }
}
