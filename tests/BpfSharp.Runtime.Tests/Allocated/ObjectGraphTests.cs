using BpfSharp.Btf;
using BpfSharp.Objects;
using BpfSharp.Runtime.Allocated;
using BpfSharp.TestSupport;

namespace BpfSharp.Runtime.Tests.Allocated;

/// <summary>Objects of the types of <c>tests/data/programs/graph.c</c>.</summary>
public sealed unsafe class ObjectGraphTests : IDisposable
{
    private readonly ulong _item;
    private readonly int _link;
    private readonly ObjectHeap _heap;
    private readonly ObjectGraph _graph;

    public ObjectGraphTests()
    {
        BtfFile types = BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "programs", "graph.o")).Btf!;
        int id = Enumerable.Range(1, types.Count - 1).First(i => types[i] is { Kind: BtfKind.Struct, Name: "item" });
        _item = (ulong)id;
        foreach (BtfMember member in types[id].Members)
        {
            _link = member.Name == "link" ? member.ByteOffset : _link;
        }

        _heap = new ObjectHeap(types);
        _graph = new ObjectGraph(_heap);
    }

    public void Dispose() => _heap.Dispose();

    [Fact]
    public void Reaches_what_lives_and_nothing_else()
    {
        AllocatedObject made = _heap.New(_item, perCpu: false)!;
        Assert.True(_heap.Owns(made.Address, 32));
        Assert.False(_heap.Owns(made.Address, 33));
        Assert.False(_heap.Owns(made.Address - 1, 1));
        _graph.Drop(made);
        Assert.False(_heap.Owns(made.Address, 1));
        Assert.Equal(0, _heap.Count);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(99_999ul)]
    [InlineData(ulong.MaxValue)]
    public void No_such_type_no_object(ulong type) => Assert.Null(_heap.New(type, perCpu: false));

    [Fact]
    public void A_list_gives_back_in_its_order()
    {
        ulong* head = stackalloc ulong[2];
        nuint[] nodes = [.. Enumerable.Range(0, 5).Select(_ => _heap.New(_item, perCpu: false)!.Address + (nuint)_link)];
        for (int i = 0; i < nodes.Length; i++)
        {
            _graph.Push(head, nodes[i], front: i % 2 == 0);
        }

        nuint[] expected = [nodes[4], nodes[2], nodes[0], nodes[1], nodes[3]];
        foreach (nuint node in expected)
        {
            Assert.Equal(node, _graph.Pop(head, front: true));
        }

        Assert.Equal(0u, _graph.Pop(head, front: true));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(0x4141414141414141ul)]
    public void A_head_overwritten_is_an_empty_list_and_drops_what_hung_there(ulong written)
    {
        ulong* head = stackalloc ulong[2];
        head[0] = head[1] = 0;
        _graph.Push(head, _heap.New(_item, perCpu: false)!.Address + (nuint)_link, front: true);
        head[0] = written;

        Assert.Equal(0u, _graph.Pop(head, front: true));
        Assert.Equal(0, _heap.Count);
    }

    [Fact]
    public void Only_a_node_of_an_object_is_one()
    {
        AllocatedObject made = _heap.New(_item, perCpu: false)!;
        Assert.Same(made, _graph.ObjectOf(made.Address + (nuint)_link, GraphFieldKind.ListNode));
        Assert.Null(_graph.ObjectOf(made.Address, GraphFieldKind.ListNode));
        Assert.Null(_graph.ObjectOf(made.Address + (nuint)_link, GraphFieldKind.TreeNode));
        Assert.Null(_graph.ObjectOf(0x1000, GraphFieldKind.ListNode));
    }
}
