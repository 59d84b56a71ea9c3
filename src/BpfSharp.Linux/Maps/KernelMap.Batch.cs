using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Maps;

public sealed unsafe partial class KernelMap
{
    // The kernel's cursor is a bucket number or an index in 4 bytes, or a key: never longer than either.
    private bool _noBatch;

    /// <inheritdoc/>
    /// <remarks>
    /// One system call for many elements where the kernel and the kind have batches (5.6 for hash and array); else key
    /// by key. The cursor tells which: it is as long as the kernel's, or one byte longer when going key by key.
    /// A key that disappears while going key by key ends a page early, never the iteration.
    /// </remarks>
    public override int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        int room = Math.Min(keys.Length / Math.Max(1, Spec.KeySize), values.Length / Math.Max(1, ValueBytes));
        if (room == 0)
        {
            throw new ArgumentException($"room for at least one key ({Spec.KeySize} bytes) and value ({ValueBytes} bytes)");
        }

        int cursorBytes = Math.Max(4, Spec.KeySize);
        if (!_noBatch && (cursor is null || cursor.Length == cursorBytes))
        {
            int result = Batch(BpfCommand.MapLookupBatch, ref cursor, keys, values, room, out count);
            if (result is not (-Errno.Einval or -Errno.Enotsupp or -Errno.Eopnotsupp) || cursor is not null)
            {
                return result;
            }

            _noBatch = true;
        }

        return OneByOne(ref cursor, keys, values, room, out count);
    }

    /// <summary>Copies and deletes many elements in one go; hash kinds only.</summary>
    /// <param name="cursor">As in <see cref="LookupBatch"/>.</param>
    /// <param name="keys">Room for whole keys.</param>
    /// <param name="values">Room for as many whole values.</param>
    /// <param name="count">How many were copied and deleted.</param>
    /// <returns>0 if more may follow; -2 (ENOENT) when these were the last; another negative errno on failure.</returns>
    public int LookupAndDeleteBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        int room = Math.Min(keys.Length / Math.Max(1, Spec.KeySize), values.Length / Math.Max(1, ValueBytes));
        return Batch(BpfCommand.MapLookupAndDeleteBatch, ref cursor, keys, values, room, out count);
    }

    /// <summary>Writes many elements in one go.</summary>
    /// <param name="keys">Whole keys.</param>
    /// <param name="values">As many whole values.</param>
    /// <param name="flags">0, or the kernel's flags of an update.</param>
    /// <param name="count">How many were written.</param>
    /// <returns>0, or a negative errno of the first that failed.</returns>
    public int UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, out int count, ulong flags = 0)
    {
        count = keys.Length / Math.Max(1, Spec.KeySize);
        if (values.Length < count * ValueBytes)
        {
            throw new ArgumentException($"{count} values of {ValueBytes} bytes are needed", nameof(values));
        }

        return OneWayBatch(BpfCommand.MapUpdateBatch, keys, values, ref count, flags);
    }

    /// <summary>Deletes many keys in one go.</summary>
    /// <param name="keys">Whole keys.</param>
    /// <param name="count">How many were deleted before the first failure.</param>
    /// <returns>0, or a negative errno of the first that failed.</returns>
    public int DeleteBatch(ReadOnlySpan<byte> keys, out int count)
    {
        count = keys.Length / Math.Max(1, Spec.KeySize);
        return OneWayBatch(BpfCommand.MapDeleteBatch, keys, default, ref count, 0);
    }

    private int OneWayBatch(
        BpfCommand command, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ref int count, ulong flags)
    {
        fixed (byte* keyPointer = keys)
        fixed (byte* valuePointer = values)
        {
            MapBatchAttr attr = new()
            {
                Keys = (ulong)keyPointer,
                Values = (ulong)valuePointer,
                Count = (uint)count,
                MapFd = (uint)_handle.Fd,
                ElemFlags = flags,
            };
            int result = BpfSyscall.Call(command, ref attr);
            count = (int)attr.Count;
            return result;
        }
    }

    private int Batch(
        BpfCommand command, ref byte[]? cursor, Span<byte> keys, Span<byte> values, int room, out int count)
    {
        byte[] following = new byte[Math.Max(4, Spec.KeySize)];
        fixed (byte* keyPointer = keys)
        fixed (byte* valuePointer = values)
        fixed (byte* from = cursor)
        fixed (byte* to = following)
        {
            MapBatchAttr attr = new()
            {
                InBatch = (ulong)from,
                OutBatch = (ulong)to,
                Keys = (ulong)keyPointer,
                Values = (ulong)valuePointer,
                Count = (uint)room,
                MapFd = (uint)_handle.Fd,
            };
            int result = BpfSyscall.Call(command, ref attr);
            count = result is 0 or -Errno.Enoent ? (int)attr.Count : 0;
            if (result == 0)
            {
                cursor = following;
            }

            return result;
        }
    }

    private int OneByOne(ref byte[]? cursor, Span<byte> keys, Span<byte> values, int room, out int count)
    {
        int keySize = Spec.KeySize;
        count = 0;
        byte[] position = cursor ?? new byte[Math.Max(4, keySize) + 1];
        bool started = cursor is not null;
        while (count < room)
        {
            Span<byte> key = keys.Slice(count * keySize, keySize);
            int result = NextKey(started ? position.AsSpan(0, keySize) : default, key);
            if (result != 0)
            {
                return result;
            }

            key.CopyTo(position);
            started = true;
            cursor = position;
            result = Lookup(key, values.Slice(count * ValueBytes, ValueBytes));
            if (result == 0)
            {
                count++;
            }
            else if (result != -Errno.Enoent)
            {
                return result;
            }
        }

        return 0;
    }
}
