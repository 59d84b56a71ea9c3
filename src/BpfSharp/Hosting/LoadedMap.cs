using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Hosting;

/// <summary>A map that lives in a host, in bytes. Typed views (<c>BpfSharp.Maps</c>) stand on it and are the same for every host.</summary>
/// <remarks>
/// A value of a per-CPU kind is <see cref="ValueBytes"/> long: one value per possible CPU, each rounded up to 8 bytes.
/// Results are the kernel's errno as a negative number, 0 for success: absent keys and full maps are ordinary outcomes.
/// </remarks>
public abstract class LoadedMap
{
    /// <summary>What it looks like, with sizes as loaded.</summary>
    public abstract MapSpec Spec { get; }

    /// <summary>Its name.</summary>
    public string Name => Spec.Name;

    /// <summary>Bytes of one value as user space reads and writes it.</summary>
    public abstract int ValueBytes { get; }

    /// <summary>Copies the value of a key.</summary>
    /// <param name="key">Exactly the key size; empty for queues, stacks and bloom filters.</param>
    /// <param name="value">At least <see cref="ValueBytes"/>; for a bloom filter the value asked for.</param>
    /// <param name="flags">0, or the kernel's flags (<c>BPF_F_LOCK</c>).</param>
    /// <returns>0, or a negative errno: -2 (ENOENT) if absent.</returns>
    public abstract int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0);

    /// <summary>Writes the value of a key (pushes, for queues and stacks).</summary>
    /// <returns>0, or a negative errno: -17 (EEXIST), -2 (ENOENT), -7 (E2BIG) if full.</returns>
    public abstract int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0);

    /// <summary>Deletes a key.</summary>
    /// <returns>0, or a negative errno: -2 (ENOENT) if absent, -22 (EINVAL) for arrays.</returns>
    public abstract int Delete(ReadOnlySpan<byte> key);

    /// <summary>Copies and deletes (pops, for queues and stacks).</summary>
    /// <returns>0, or a negative errno.</returns>
    public abstract int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0);

    /// <summary>The key after a key; an empty <paramref name="key"/> asks for the first.</summary>
    /// <returns>0, or -2 (ENOENT) after the last.</returns>
    public abstract int NextKey(ReadOnlySpan<byte> key, Span<byte> following);

    /// <summary>Copies many elements in one go.</summary>
    /// <param name="cursor">The host's position: empty (<see langword="null"/>) at first, kept between calls.</param>
    /// <param name="keys">Room for whole keys.</param>
    /// <param name="values">Room for as many whole values.</param>
    /// <param name="count">How many were copied.</param>
    /// <returns>0 if more may follow; -2 (ENOENT) when these were the last; another negative errno on failure.</returns>
    public abstract int LookupBatch(ref byte[]? cursor, Span<byte> keys, Span<byte> values, out int count);

    /// <summary>Makes the map read-only for user space, for good.</summary>
    /// <returns>0, or a negative errno: -16 (EBUSY) while its memory is open for writing, -1 (EPERM) if user space may not write.</returns>
    public virtual int Freeze() => -Errno.Enotsupp;

    /// <summary>Puts a map into a slot of a map of maps.</summary>
    /// <param name="key">The slot's key.</param>
    /// <param name="inner">A live map of the same host, shaped as <see cref="MapSpec.InnerMap"/> says.</param>
    /// <param name="flags">0, or an <see cref="UpdateMode"/>.</param>
    /// <returns>0, or a negative errno: -22 (EINVAL) if the shape differs or this is no map of maps.</returns>
    public virtual int SetInnerMap(ReadOnlySpan<byte> key, LoadedMap inner, ulong flags = 0) => -Errno.Einval;

    /// <summary>The map in a slot of a map of maps.</summary>
    /// <param name="key">The slot's key.</param>
    /// <returns>The map; <see langword="null"/> if the slot is empty or this is no map of maps. The caller owns nothing.</returns>
    public virtual LoadedMap? GetInnerMap(ReadOnlySpan<byte> key) => null;

    /// <summary>Puts a program into a slot of a program array.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="program">A live program of the same host; tail calls need the same type as the caller's.</param>
    /// <returns>0, or a negative errno: -22 (EINVAL) if this is no program array.</returns>
    public virtual int SetProgram(uint index, LoadedProgram program) => -Errno.Einval;

    /// <summary>
    /// Records programs could not write since the load, for ring buffers and perf event arrays; <see langword="null"/>
    /// where nobody counts them.
    /// </summary>
    public virtual long? LostRecords => null;

    /// <summary>Opens the values of an array map as memory, without copies.</summary>
    /// <returns>A scope; memory handed out by it is valid until it is disposed.</returns>
    /// <exception cref="BpfException">The map is no array created with <see cref="MapFlags.Mmapable"/> (BPF4005).</exception>
    public virtual MapMemory OpenMemory() => throw MapErrors.NoMemory(Spec);

    /// <summary>Opens the reading end of a ring buffer or perf event array. One reader at a time.</summary>
    /// <exception cref="BpfException">The map holds no records, or has a reader already (BPF4006).</exception>
    public virtual RecordReader OpenReader() => throw MapErrors.NoRecords(Spec);

    /// <summary>Opens the writing end of a user ring buffer. One writer at a time.</summary>
    /// <exception cref="BpfException">The map is no user ring buffer, or has a writer already (BPF4006).</exception>
    public virtual RecordWriter OpenWriter() => throw MapErrors.NoRecords(Spec);
}
