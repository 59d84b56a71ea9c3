namespace BpfSharp.Verifier.Pruning;

/// <summary>Pairs the ids of two states: the same pair everywhere, or the states differ.</summary>
internal sealed class IdMap
{
    private readonly List<(int Old, int New)> _pairs = [];
    private int _fresh = int.MinValue;

    public void Clear() => _pairs.Clear();

    public bool Match(int old, int now)
    {
        if (old == 0 != (now == 0))
        {
            return false;
        }

        return old == 0 || Pair(old, now);
    }

    /// <summary>As <see cref="Match"/>, but a number without id counts as one linked to nothing.</summary>
    public bool MatchScalar(int old, int now)
    {
        if (old == 0)
        {
            return true;
        }

        return Pair(old, now == 0 ? ++_fresh : now);
    }

    private bool Pair(int old, int now)
    {
        foreach ((int a, int b) in _pairs)
        {
            if (a == old)
            {
                return b == now;
            }

            if (b == now)
            {
                return false;
            }
        }

        _pairs.Add((old, now));
        return true;
    }
}
