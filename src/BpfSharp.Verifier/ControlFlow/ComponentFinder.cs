namespace BpfSharp.Verifier.ControlFlow;

/// <summary>Finds loops: strongly connected components of the graph inside functions (Tarjan, without recursion).</summary>
internal sealed class ComponentFinder(CodeMap map)
{
    private readonly int[] _order = new int[map.Length];
    private readonly int[] _low = new int[map.Length];
    private readonly bool[] _open = new bool[map.Length];
    private readonly Stack<int> _members = new();
    private readonly Stack<(int Slot, int Next)> _walk = new();
    private int _count;
    private int _components;

    public void Run()
    {
        foreach (FunctionInfo function in map.Functions)
        {
            Visit(function.Start);
        }

        map.SetComponents(_components);
    }

    private void Visit(int start)
    {
        Span<int> next = stackalloc int[2];
        Enter(start);
        while (_walk.TryPop(out (int Slot, int Next) step))
        {
            int count = map.Successors(step.Slot, next);
            if (step.Next < count)
            {
                int target = next[step.Next];
                _walk.Push((step.Slot, step.Next + 1));
                if (_order[target] == 0)
                {
                    Enter(target);
                }
                else if (_open[target])
                {
                    _low[step.Slot] = Math.Min(_low[step.Slot], _order[target]);
                }

                continue;
            }

            if (_walk.TryPeek(out (int Slot, int Next) parent))
            {
                _low[parent.Slot] = Math.Min(_low[parent.Slot], _low[step.Slot]);
            }

            if (_low[step.Slot] == _order[step.Slot])
            {
                Close(step.Slot);
            }
        }
    }

    private void Enter(int slot)
    {
        if (_order[slot] != 0)
        {
            return;
        }

        _order[slot] = _low[slot] = ++_count;
        _open[slot] = true;
        _members.Push(slot);
        _walk.Push((slot, 0));
    }

    private void Close(int root)
    {
        Span<int> next = stackalloc int[2];
        bool isLoop = _members.Peek() != root;
        if (!isLoop)
        {
            int count = map.Successors(root, next);
            isLoop = next[..count].Contains(root) || map.Has(root, SlotRoles.CallsBack);
        }

        if (isLoop)
        {
            _components++;
        }

        int member;
        do
        {
            member = _members.Pop();
            _open[member] = false;
            map.Components[member] = isLoop ? _components : 0;
        }
        while (member != root);
    }
}
