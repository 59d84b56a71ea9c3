namespace BpfSharp.Runtime.Allocated;

/// <summary>The lists and trees that programs keep of allocated objects, by the place of their heads.</summary>
/// <remarks>
/// A head's memory holds the number of its list or tree, as a timer's place does: a place whose number is another's was given to
/// a new map element since, and what hung there goes. Links are not in the program's memory: a program that was not verified can
/// write there what it likes, and finds its list whole or empty.
/// </remarks>
internal sealed unsafe class ObjectGraph(ObjectHeap heap)
{
    private readonly Dictionary<nuint, Head> _heads = [];
    private readonly Dictionary<nuint, Head> _owners = [];
    private readonly Dictionary<nuint, ObjectTree.Node> _treeNodes = [];
    private readonly Dictionary<nuint, LinkedListNode<nuint>> _listNodes = [];
    private ulong _last;

    /// <summary>Held over each operation. A tree's comparison runs the program inside it; the thread may enter again.</summary>
    public Lock Gate { get; } = new();

    /// <summary>A list or a tree.</summary>
    private sealed class Head(ulong number)
    {
        public ulong Number { get; } = number;

        public LinkedList<nuint> List { get; } = new();

        public ObjectTree Tree { get; } = new();
    }

    /// <summary>The object a node lies in, if the node is such a field of it; <see langword="null"/> if not.</summary>
    public AllocatedObject? ObjectOf(nuint node, GraphFieldKind kind)
    {
        if (heap.Find(node) is not { } found)
        {
            return null;
        }

        int offset = (int)(node - found.Address);
        return Array.Exists(found.Fields, field => field.Kind == kind && field.ByteOffset == offset) ? found : null;
    }

    /// <summary>Whether a node hangs in a list or tree.</summary>
    public bool IsLinked(nuint node) => _owners.ContainsKey(node);

    /// <summary>Puts a node at an end of a list; it must not hang anywhere.</summary>
    public void Push(ulong* place, nuint node, bool front)
    {
        Head head = HeadAt(place, make: true)!;
        _listNodes[node] = front ? head.List.AddFirst(node) : head.List.AddLast(node);
        _owners[node] = head;
    }

    /// <summary>The node at an end of a list; 0 if the list is empty.</summary>
    public nuint Peek(ulong* place, bool front)
    {
        LinkedList<nuint>? list = HeadAt(place, make: false)?.List;
        return (front ? list?.First : list?.Last)?.Value ?? 0;
    }

    /// <summary>Takes the node at an end of a list out; 0 if the list is empty.</summary>
    public nuint Pop(ulong* place, bool front)
    {
        nuint node = Peek(place, front);
        if (node != 0)
        {
            Unlink(node);
        }

        return node;
    }

    /// <summary>The tree of a place.</summary>
    public ObjectTree? TreeAt(ulong* place, bool make) => HeadAt(place, make)?.Tree;

    /// <summary>The tree's node of an address in that tree; <see langword="null"/> if it hangs elsewhere or nowhere.</summary>
    public ObjectTree.Node? NodeIn(ulong* place, nuint node)
        => _owners.TryGetValue(node, out Head? owner) && owner == HeadAt(place, make: false) ? _treeNodes.GetValueOrDefault(node) : null;

    /// <summary>Hangs a node into the tree of a place; it must not hang anywhere.</summary>
    public void Insert(ulong* place, nuint node, ObjectTree.Node? parent, bool isLeft)
    {
        Head head = HeadAt(place, make: true)!;
        ObjectTree.Node made = new(node);
        head.Tree.Insert(made, parent, isLeft);
        _treeNodes[node] = made;
        _owners[node] = head;
    }

    /// <summary>Takes a node out of what it hangs in.</summary>
    public void Unlink(nuint node)
    {
        if (!_owners.Remove(node, out Head? head))
        {
            return;
        }

        if (_listNodes.Remove(node, out LinkedListNode<nuint>? item))
        {
            head.List.Remove(item);
        }

        if (_treeNodes.Remove(node, out ObjectTree.Node? leaf))
        {
            head.Tree.Remove(leaf);
        }
    }

    /// <summary>Drops a reference; with the last one the object goes, and what hangs in it.</summary>
    public void Drop(AllocatedObject dropped)
    {
        Stack<AllocatedObject> open = new([dropped]);
        while (open.TryPop(out AllocatedObject? current))
        {
            if (!current.Release())
            {
                continue;
            }

            foreach (GraphField field in current.Fields)
            {
                ulong* place = (ulong*)(current.Address + (nuint)field.ByteOffset);
                switch (field.Kind)
                {
                    case GraphFieldKind.ListHead:
                    case GraphFieldKind.TreeRoot:
                        Empty(place, open);
                        _heads.Remove((nuint)place);
                        break;
                    case GraphFieldKind.Pointer:
                        if (heap.Find((nuint)Interlocked.Exchange(ref *place, 0)) is { } pointed)
                        {
                            open.Push(pointed);
                        }

                        break;
                    case GraphFieldKind.ListNode:
                    case GraphFieldKind.TreeNode:
                    default:
                        // A node that still hangs holds a reference of its own, so this is not the last one.
                        break;
                }
            }

            heap.Free(current);
        }
    }

    private void Empty(ulong* place, Stack<AllocatedObject> dropped)
    {
        if (!_heads.TryGetValue((nuint)place, out Head? head))
        {
            return;
        }

        foreach (nuint node in (nuint[])[.. head.List, .. head.Tree.All().Select(leaf => leaf.Address)])
        {
            Unlink(node);
            if (heap.Find(node) is { } owner)
            {
                dropped.Push(owner);
            }
        }
    }

    private Head? HeadAt(ulong* place, bool make)
    {
        if (_heads.TryGetValue((nuint)place, out Head? head))
        {
            if (head.Number == *place)
            {
                return head;
            }

            // The element that had this head is gone.
            Stack<AllocatedObject> dropped = new();
            Empty(place, dropped);
            _heads.Remove((nuint)place);
            while (dropped.TryPop(out AllocatedObject? orphan))
            {
                Drop(orphan);
            }
        }

        if (!make)
        {
            return null;
        }

        head = new Head(++_last);
        *place = head.Number;
        _heads[(nuint)place] = head;
        return head;
    }
}
