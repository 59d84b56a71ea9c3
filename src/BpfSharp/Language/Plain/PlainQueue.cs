using System.Runtime.InteropServices;
using BpfSharp.Diagnostics;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>Queues and stacks as plain C#.</summary>
internal sealed class PlainQueue<T>(MapDeclaration declaration) : PlainStorage(declaration) where T : unmanaged
{
    private const ulong ReplaceOldest = 2;

    private readonly Lock _gate = new();
    private readonly LinkedList<T> _values = [];

    public long Push(in T value, ulong flags)
    {
        lock (_gate)
        {
            if (_values.Count >= Declaration.MaxEntries)
            {
                if (flags != ReplaceOldest)
                {
                    return -Errno.E2Big;
                }

                _values.RemoveFirst();
            }

            _values.AddLast(value);
            return 0;
        }
    }

    public long Take(out T value, bool remove)
    {
        lock (_gate)
        {
            LinkedListNode<T>? node = Declaration.Type == MapType.Stack ? _values.Last : _values.First;
            if (node is null)
            {
                value = default;
                return -Errno.Enoent;
            }

            value = node.Value;
            if (remove)
            {
                _values.Remove(node);
            }

            return 0;
        }
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) =>
        (int)Push(MemoryMarshal.Read<T>(value), flags);

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => Take(value, remove: false);

    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => Take(value, remove: true);

    private int Take(Span<byte> value, bool remove)
    {
        long result = Take(out T taken, remove);
        if (result == 0)
        {
            MemoryMarshal.Write(value, in taken);
        }

        return (int)result;
    }
}
