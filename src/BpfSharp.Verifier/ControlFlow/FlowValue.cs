namespace BpfSharp.Verifier.ControlFlow;

/// <summary>What the cheap forward pass knows of a register: enough to tell which stack bytes an instruction can touch.</summary>
internal enum FlowKind : byte
{
    Unset,
    /// <summary>Not a pointer to this frame.</summary>
    Other,
    /// <summary>A constant.</summary>
    Const,
    /// <summary>A map, by its index.</summary>
    Map,
    /// <summary>The frame pointer plus a constant.</summary>
    Frame,
    /// <summary>Somewhere in the frame, not below an offset.</summary>
    FrameFrom,
}

/// <summary>A value of the forward pass.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The constant, map index or offset.</param>
internal readonly record struct FlowValue(FlowKind Kind, int Value)
{
    public const int Lowest = -512;

    public static FlowValue Other => new(FlowKind.Other, 0);

    public bool IsFrame => Kind >= FlowKind.Frame;

    public static FlowValue From(int offset) => new(FlowKind.FrameFrom, Math.Max(offset, Lowest));

    public static FlowValue Join(FlowValue a, FlowValue b)
    {
        if (a == b || b.Kind == FlowKind.Unset)
        {
            return a;
        }

        if (a.Kind == FlowKind.Unset)
        {
            return b;
        }

        if (!a.IsFrame && !b.IsFrame)
        {
            return Other;
        }

        return From(Math.Min(a.IsFrame ? a.Value : 0, b.IsFrame ? b.Value : 0));
    }

    /// <summary>Moves a value by a constant.</summary>
    public FlowValue Plus(long constant)
    {
        if (Kind == FlowKind.Other)
        {
            return Other;
        }

        long sum = Value + constant;
        return Kind switch
        {
            FlowKind.Const when sum is >= int.MinValue and <= int.MaxValue => new(FlowKind.Const, (int)sum),
            FlowKind.Frame when sum is >= Lowest and <= 0 => new(FlowKind.Frame, (int)sum),
            FlowKind.Frame or FlowKind.FrameFrom => From((int)Math.Clamp(sum, Lowest, 0)),
            FlowKind.Unset or FlowKind.Other or FlowKind.Const or FlowKind.Map => Other,
            _ => Other,
        };
    }
}
