using BpfSharp.Runtime.Allocated;

namespace BpfSharp.Runtime.Tests.Allocated;

public sealed class ObjectTreeTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 400)]
    public void Stays_sorted_and_balanced(int seed, int steps)
    {
        Random random = new(seed);
        ObjectTree tree = new();
        List<nuint> expected = [];
        Dictionary<nuint, ObjectTree.Node> nodes = [];
        for (int step = 0; step < steps; step++)
        {
            if (expected.Count > 0 && random.Next(3) == 0)
            {
                nuint gone = expected[random.Next(expected.Count)];
                expected.Remove(gone);
                tree.Remove(nodes[gone]);
                nodes.Remove(gone);
            }
            else
            {
                nuint key = (nuint)random.Next(1, 100_000);
                if (nodes.ContainsKey(key))
                {
                    continue;
                }

                ObjectTree.Node? parent = null;
                bool isLeft = false;
                for (ObjectTree.Node? next = tree.Root; next is not null; next = isLeft ? next.Left : next.Right)
                {
                    parent = next;
                    isLeft = key < next.Address;
                }

                nodes[key] = new ObjectTree.Node(key);
                tree.Insert(nodes[key], parent, isLeft);
                expected.Add(key);
            }

            List<nuint> found = [];
            int black = Walk(tree.Root, found);
            Assert.True(black >= 0, $"seed {seed} step {step}: {(black == -1 ? "a red node under a red one" : "paths with different numbers of black nodes")}");
            Assert.Equal(expected.Order(), found);
            Assert.Equal(expected.Count == 0 ? null : expected.Min(), tree.First()?.Address);
            Assert.Equal(expected.Count, tree.All().Count());
        }
    }

    // Black nodes on every path down, or what is wrong: -1 red under red, -2 unequal.
    private static int Walk(ObjectTree.Node? node, List<nuint> found)
    {
        if (node is null)
        {
            return 0;
        }

        int left = Walk(node.Left, found);
        found.Add(node.Address);
        int right = Walk(node.Right, found);
        bool linked = (node.Left?.Parent ?? node) == node && (node.Right?.Parent ?? node) == node;
        return !linked || (node.IsRed && (node.Left is { IsRed: true } || node.Right is { IsRed: true })) ? -1
            : left < 0 || right < 0 ? Math.Min(left, right)
            : left != right ? -2
            : left + (node.IsRed ? 0 : 1);
    }
}
