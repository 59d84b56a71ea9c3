using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <content>The byte side: what bpf(2)'s map commands do.</content>
internal abstract unsafe partial class RuntimeMap
{
    /// <inheritdoc/>
    public override int ValueBytes => Spec.ValueSize;

    /// <inheritdoc/>
    public sealed override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        CheckKey(key);
        CheckValue(value.Length);
        if ((Spec.Flags & MapFlags.WriteOnlyUser) != 0)
        {
            return -Errno.Eperm;
        }

        int cpu = Begin();
        try
        {
            fixed (byte* k = key)
            fixed (byte* v = value)
            {
                return ReadValue(k, v, flags, cpu);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public sealed override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        CheckKey(key);
        CheckValue(value.Length);
        if (!IsWritable)
        {
            return -Errno.Eperm;
        }

        int cpu = Begin();
        try
        {
            fixed (byte* k = key)
            fixed (byte* v = value)
            {
                return WriteValue(k, v, flags, cpu);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public sealed override int Delete(ReadOnlySpan<byte> key)
    {
        CheckKey(key);
        if (!IsWritable)
        {
            return -Errno.Eperm;
        }

        int cpu = Begin();
        try
        {
            fixed (byte* k = key)
            {
                return (int)DeleteElement(k);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public sealed override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        CheckKey(key);
        CheckValue(value.Length);
        if (!IsWritable || (Spec.Flags & MapFlags.WriteOnlyUser) != 0)
        {
            return -Errno.Eperm;
        }

        int cpu = Begin();
        try
        {
            fixed (byte* k = key)
            fixed (byte* v = value)
            {
                return TakeValue(k, v, flags, cpu);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public sealed override int NextKey(ReadOnlySpan<byte> key, Span<byte> following)
    {
        if (!key.IsEmpty)
        {
            CheckKey(key);
        }

        if (following.Length < Spec.KeySize)
        {
            throw new ArgumentException(
                $"room of {following.Length} bytes for a key of {Spec.KeySize} bytes of map '{Name}'", nameof(following));
        }

        if ((Spec.Flags & MapFlags.WriteOnlyUser) != 0)
        {
            return -Errno.Eperm;
        }

        int cpu = Begin();
        try
        {
            fixed (byte* k = key)
            fixed (byte* f = following)
            {
                return FollowingKey(key.IsEmpty ? null : k, f);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The cursor is the position of <see cref="NextElements"/>. A group (a bucket of a hash) is given whole or not at all,
    /// as the kernel does: -28 (ENOSPC) if the first does not fit.
    /// </remarks>
    public sealed override int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        count = 0;
        if (!HasElements)
        {
            return -Errno.Enotsupp;
        }

        if ((Spec.Flags & MapFlags.WriteOnlyUser) != 0)
        {
            return -Errno.Eperm;
        }

        int room = Math.Min(keys.Length / Spec.KeySize, values.Length / ValueBytes);
        long position = cursor is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(cursor);
        List<ElementRef> group = [];
        Begin();
        try
        {
            fixed (byte* k = keys)
            fixed (byte* v = values)
            {
                while (true)
                {
                    long before = position;
                    group.Clear();
                    if (!NextElements(ref position, room - count, group))
                    {
                        return -Errno.Enoent;
                    }

                    if (count + group.Count > room)
                    {
                        cursor ??= new byte[8];
                        BinaryPrimitives.WriteInt64LittleEndian(cursor, before);
                        return count == 0 ? -Errno.Enospc : 0;
                    }

                    foreach (ElementRef element in group)
                    {
                        CopyKey(element, k + ((long)count * Spec.KeySize));
                        CopyOut((byte*)element.Value, v + ((long)count * ValueBytes));
                        count++;
                    }
                }
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Copies a value as user space sees it.</summary>
    protected virtual int ReadValue(byte* key, byte* value, ulong flags, int cpu)
    {
        if ((flags & ~MapOperation.Lock) != 0 || !AllowsLock(flags))
        {
            return -Errno.Einval;
        }

        byte* element = FindForUser(key);
        if (element is null)
        {
            return -Errno.Enoent;
        }

        if ((flags & MapOperation.Lock) != 0)
        {
            ValueLock.Enter(element + LockOffset);
            CopyOut(element, value);
            ValueLock.Leave(element + LockOffset);
            return 0;
        }

        CopyOut(element, value);
        return 0;
    }

    /// <summary>Address of the value of a key (of CPU slot 0's, for per-CPU kinds); null if absent.</summary>
    protected virtual byte* FindForUser(byte* key) => LookupElement(key, 0);

    /// <summary>Writes a value as user space gives it.</summary>
    protected virtual int WriteValue(byte* key, byte* value, ulong flags, int cpu) => (int)UpdateElement(key, value, flags, cpu);

    /// <summary>Copies and deletes.</summary>
    protected virtual int TakeValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Enotsupp;

    /// <summary>The key after one; the first for null.</summary>
    protected virtual int FollowingKey(byte* key, byte* following) => -Errno.Enotsupp;

    /// <summary>Copies an element's value (given by the address of CPU slot 0's) to user space's form.</summary>
    protected virtual void CopyOut(byte* element, byte* value)
    {
        Bytes.Copy(element, value, Spec.ValueSize);
        foreach (SpecialField field in SpecialFields)
        {
            NativeMemory.Clear(value + field.ByteOffset, (nuint)field.Size);
        }
    }

    /// <summary>Copies a value in; locks, timers and the like in it stay as they are.</summary>
    protected void CopyIn(byte* value, byte* element)
    {
        int done = 0;
        foreach (SpecialField field in SpecialFields)
        {
            Bytes.Copy(value + done, element + done, field.ByteOffset - done);
            done = field.ByteOffset + field.Size;
        }

        Bytes.Copy(value + done, element + done, Spec.ValueSize - done);
    }

    /// <summary>Whether user space may write.</summary>
    protected bool IsWritable => !IsFrozen && (Spec.Flags & MapFlags.ReadOnlyUser) == 0;

    /// <summary>Keeps the map's memory for one call, which <see cref="Dispose"/> ends.</summary>
    /// <returns>A number to spread work by; not a CPU slot: user space holds none.</returns>
    protected int Begin()
    {
        ObjectDisposedException.ThrowIf(!TryAddOwner(), this);
        return Environment.CurrentManagedThreadId;
    }

    /// <summary>Whether flags that ask for the value's lock find one.</summary>
    protected bool AllowsLock(ulong flags) => (flags & MapOperation.Lock) == 0 || LockOffset >= 0;

    private void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != Spec.KeySize)
        {
            throw new ArgumentException($"a key of {key.Length} bytes for map '{Name}', whose keys have {Spec.KeySize}", nameof(key));
        }
    }

    private void CheckValue(int bytes)
    {
        if (bytes < ValueBytes)
        {
            throw new ArgumentException($"a value of {bytes} bytes for map '{Name}', whose values have {ValueBytes}", nameof(bytes));
        }
    }
}
