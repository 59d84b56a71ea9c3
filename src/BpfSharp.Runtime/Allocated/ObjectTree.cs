namespace BpfSharp.Runtime.Allocated;

/// <summary>A red-black tree of nodes inside allocated objects, shaped as the kernel's: callers decide where a node goes.</summary>
/// <remarks>The links are here and not in the program's memory, so that nothing a program writes can break them.</remarks>
internal sealed class ObjectTree
{
    /// <summary>The root; <see langword="null"/> if the tree is empty.</summary>
    public Node? Root { get; private set; }

    /// <summary>Grows with every change: who walks can see that the tree changed meanwhile.</summary>
    public int Version { get; private set; }

    /// <summary>A node.</summary>
    internal sealed class Node(nuint address)
    {
        /// <summary>Address of its <c>struct bpf_rb_node</c>.</summary>
        public nuint Address { get; } = address;

        /// <summary>Its parent.</summary>
        public Node? Parent { get; set; }

        /// <summary>Smaller ones.</summary>
        public Node? Left { get; set; }

        /// <summary>Larger ones.</summary>
        public Node? Right { get; set; }

        /// <summary>Its colour.</summary>
        public bool IsRed { get; set; } = true;
    }

    /// <summary>The smallest node.</summary>
    public Node? First()
    {
        Node? node = Root;
        while (node?.Left is { } left)
        {
            node = left;
        }

        return node;
    }

    /// <summary>All nodes, children before parents.</summary>
    public IEnumerable<Node> All()
    {
        Stack<Node> open = new();
        if (Root is not null)
        {
            open.Push(Root);
        }

        while (open.TryPop(out Node? node))
        {
            yield return node;
            if (node.Left is not null)
            {
                open.Push(node.Left);
            }

            if (node.Right is not null)
            {
                open.Push(node.Right);
            }
        }
    }

    /// <summary>Hangs a node under a parent and balances.</summary>
    /// <param name="node">A new node.</param>
    /// <param name="parent">Its parent; <see langword="null"/> in an empty tree.</param>
    /// <param name="isLeft">On which side of it.</param>
    public void Insert(Node node, Node? parent, bool isLeft)
    {
        Version++;
        node.Parent = parent;
        if (parent is null)
        {
            Root = node;
        }
        else if (isLeft)
        {
            parent.Left = node;
        }
        else
        {
            parent.Right = node;
        }

        while (node.Parent is { IsRed: true } above)
        {
            Node top = above.Parent!;
            bool isLeftSide = above == top.Left;
            Node? uncle = isLeftSide ? top.Right : top.Left;
            if (uncle is { IsRed: true })
            {
                above.IsRed = uncle.IsRed = false;
                top.IsRed = true;
                node = top;
                continue;
            }

            if (node == (isLeftSide ? above.Right : above.Left))
            {
                Rotate(above, toLeft: isLeftSide);
                (node, above) = (above, node);
            }

            above.IsRed = false;
            top.IsRed = true;
            Rotate(top, toLeft: !isLeftSide);
        }

        Root!.IsRed = false;
    }

    /// <summary>Takes a node out and balances.</summary>
    public void Remove(Node node)
    {
        Version++;
        Node? child;
        Node? parent;
        bool wasRed;
        if (node.Left is null || node.Right is null)
        {
            child = node.Left ?? node.Right;
            parent = node.Parent;
            wasRed = node.IsRed;
            Replace(node, child);
        }
        else
        {
            Node next = node.Right;
            while (next.Left is not null)
            {
                next = next.Left;
            }

            wasRed = next.IsRed;
            child = next.Right;
            parent = next.Parent == node ? next : next.Parent;
            if (next.Parent != node)
            {
                Replace(next, next.Right);
                next.Right = node.Right;
                next.Right.Parent = next;
            }

            Replace(node, next);
            next.Left = node.Left;
            next.Left.Parent = next;
            next.IsRed = node.IsRed;
        }

        if (!wasRed)
        {
            Balance(child, parent);
        }

        node.Parent = node.Left = node.Right = null;
        node.IsRed = true;
    }

    // One black is missing above child, which may be null.
    private void Balance(Node? child, Node? parent)
    {
        while (child != Root && child is null or { IsRed: false })
        {
            bool isLeft = child == parent!.Left;
            Node sibling = (isLeft ? parent.Right : parent.Left)!;
            if (sibling.IsRed)
            {
                sibling.IsRed = false;
                parent.IsRed = true;
                Rotate(parent, toLeft: isLeft);
                sibling = (isLeft ? parent.Right : parent.Left)!;
            }

            Node? near = isLeft ? sibling.Left : sibling.Right;
            Node? far = isLeft ? sibling.Right : sibling.Left;
            if (near is null or { IsRed: false } && far is null or { IsRed: false })
            {
                sibling.IsRed = true;
                child = parent;
                parent = child.Parent;
                continue;
            }

            if (far is null or { IsRed: false })
            {
                near!.IsRed = false;
                sibling.IsRed = true;
                Rotate(sibling, toLeft: !isLeft);
                sibling = (isLeft ? parent.Right : parent.Left)!;
                far = isLeft ? sibling.Right : sibling.Left;
            }

            sibling.IsRed = parent.IsRed;
            parent.IsRed = false;
            far!.IsRed = false;
            Rotate(parent, toLeft: isLeft);
            child = Root;
        }

        child?.IsRed = false;
    }

    private void Replace(Node node, Node? by)
    {
        if (node.Parent is null)
        {
            Root = by;
        }
        else if (node == node.Parent.Left)
        {
            node.Parent.Left = by;
        }
        else
        {
            node.Parent.Right = by;
        }

        by?.Parent = node.Parent;
    }

    private void Rotate(Node node, bool toLeft)
    {
        Node up = (toLeft ? node.Right : node.Left)!;
        Node? inner = toLeft ? up.Left : up.Right;
        Replace(node, up);
        if (toLeft)
        {
            node.Right = inner;
            up.Left = node;
        }
        else
        {
            node.Left = inner;
            up.Right = node;
        }

        inner?.Parent = node;
        node.Parent = up;
    }
}
