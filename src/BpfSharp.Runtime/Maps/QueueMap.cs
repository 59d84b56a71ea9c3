using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Queues and stacks: values without keys in a ring, under one lock.</summary>
internal sealed unsafe class QueueMap : RuntimeMap
{
    private readonly byte* _values;
    private readonly uint _slots;
    private readonly bool _isStack;
    private int _gate;
    private uint _head;
    private uint _tail;

    /// <summary>Makes an empty one.</summary>
    public QueueMap(MapSpec spec) : base(spec)
    {
        _isStack = spec.Type == MapType.Stack;

        // One slot more than values: a full ring differs from an empty one.
        _slots = checked(spec.MaxEntries + 1);
        _values = (byte*)NativeMemory.AllocZeroed(_slots, (nuint)spec.ValueSize);
    }

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Einval;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <inheritdoc/>
    /// <remarks>The flag <see cref="MapOperation.Exist"/> makes room by dropping the oldest, as the kernel's does.</remarks>
    public override long Push(byte* value, ulong flags)
    {
        if (flags is not (MapOperation.Any or MapOperation.Exist))
        {
            return -Errno.Einval;
        }

        Enter();
        bool isFull = Next(_head) == _tail;
        if (isFull && flags != MapOperation.Exist)
        {
            Leave();
            return -Errno.E2Big;
        }

        if (isFull)
        {
            _tail = Next(_tail);
        }

        Bytes.Copy(value, At(_head), Spec.ValueSize);
        _head = Next(_head);
        Leave();
        return 0;
    }

    /// <inheritdoc/>
    public override long Pop(byte* value) => Take(value, delete: true);

    /// <inheritdoc/>
    public override long Peek(byte* value) => Take(value, delete: false);

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) =>
        flags != 0 ? -Errno.Einval : (int)Peek(value);

    /// <inheritdoc/>
    protected override int WriteValue(byte* key, byte* value, ulong flags, int cpu) => (int)Push(value, flags);

    /// <inheritdoc/>
    protected override int TakeValue(byte* key, byte* value, ulong flags, int cpu) =>
        flags != 0 ? -Errno.Einval : (int)Pop(value);

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => -Errno.Einval;

    /// <inheritdoc/>
    protected override void Free() => NativeMemory.Free(_values);

    private long Take(byte* value, bool delete)
    {
        Enter();
        if (_head == _tail)
        {
            Leave();
            NativeMemory.Clear(value, (nuint)Spec.ValueSize);
            return -Errno.Enoent;
        }

        uint slot = _isStack ? (_head == 0 ? _slots - 1 : _head - 1) : _tail;
        Bytes.Copy(At(slot), value, Spec.ValueSize);
        if (delete && _isStack)
        {
            _head = slot;
        }
        else if (delete)
        {
            _tail = Next(_tail);
        }

        Leave();
        return 0;
    }

    private byte* At(uint slot) => _values + (slot * (nint)Spec.ValueSize);

    private uint Next(uint slot) => slot + 1 == _slots ? 0 : slot + 1;

    private void Enter()
    {
        SpinWait wait = default;
        while (Interlocked.CompareExchange(ref _gate, 1, 0) != 0)
        {
            wait.SpinOnce();
        }
    }

    private void Leave() => Volatile.Write(ref _gate, 0);
}
