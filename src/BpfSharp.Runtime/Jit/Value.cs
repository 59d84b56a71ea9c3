namespace BpfSharp.Runtime.Jit;

/// <summary>What a register or stack slot is known to hold.</summary>
internal enum ValueKind : byte
{
    /// <summary>Anything.</summary>
    Unknown,
    /// <summary>A number known when compiling (<see cref="Value.Offset"/>); <see cref="Value.Info"/> - 1 is the map it points into.</summary>
    Constant,
    /// <summary>A pointer into the stack frames in use; a known offset counts from this function's frame pointer.</summary>
    Stack,
    /// <summary>A pointer into the context.</summary>
    Context,
    /// <summary>A pointer into the packet.</summary>
    Packet,
    /// <summary>The handle of map <see cref="Value.Info"/>.</summary>
    Map,
    /// <summary>Null, or a known offset into a value of map <see cref="Value.Info"/>.</summary>
    Element,
    /// <summary>A pointer somewhere into the values of map <see cref="Value.Info"/>.</summary>
    Flat,
    /// <summary>Null, or a known offset into a reserved record of <see cref="Value.Info"/> bytes.</summary>
    Record,
}

/// <summary>More about a value.</summary>
[Flags]
internal enum ValueTraits : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The offset is known.</summary>
    Offset = 1,
    /// <summary>The base is not null.</summary>
    NonNull = 2,
    /// <summary>The upper 32 bits are zero.</summary>
    Upper0 = 4,
}

/// <summary>What a register or stack slot is known to hold, on every path.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Traits">More about it.</param>
/// <param name="Info">Index of a map, or bytes of a record.</param>
/// <param name="Site">The call that returned an element or record; 0 if copies cannot be told any more.</param>
/// <param name="Offset">The number, or the offset.</param>
internal readonly record struct Value(ValueKind Kind, ValueTraits Traits = 0, int Info = 0, int Site = 0, long Offset = 0)
{
    /// <summary>Anything.</summary>
    public static Value Unknown => default;

    /// <summary>Any number of 32 bits.</summary>
    public static Value Small => new(ValueKind.Unknown, ValueTraits.Upper0);

    /// <summary>Whether the offset (or number) is known.</summary>
    public bool HasOffset => (Traits & ValueTraits.Offset) != 0;

    /// <summary>Whether the base is known not to be null.</summary>
    public bool IsNonNull => (Traits & ValueTraits.NonNull) != 0;

    /// <summary>Whether the upper 32 bits are zero.</summary>
    public bool HasUpper0 => (Traits & ValueTraits.Upper0) != 0;

    /// <summary>Whether it is null or a pointer from a call, at a known offset.</summary>
    public bool IsCallResult => Kind is ValueKind.Element or ValueKind.Record;

    /// <summary>A known number.</summary>
    public static Value Constant(long number, int map = -1) => new(
        ValueKind.Constant, ValueTraits.Offset | ((ulong)number >> 32 == 0 ? ValueTraits.Upper0 : 0), map + 1, 0, number);

    /// <summary>A known number added.</summary>
    public Value Plus(long number) => Kind switch
    {
        ValueKind.Constant => Constant(unchecked(Offset + number), Info - 1),
        ValueKind.Stack or ValueKind.Context or ValueKind.Element or ValueKind.Record
            => HasOffset && IsNear(number) && IsNear(Offset)
                ? this with { Offset = Offset + number }
                : PlusAnything(),
        ValueKind.Packet or ValueKind.Flat => this,
        ValueKind.Unknown or ValueKind.Map => Unknown,
        _ => Unknown,
    };

    private static bool IsNear(long number) => number is > -(1 << 30) and < 1 << 30;

    /// <summary>An unknown number added.</summary>
    public Value PlusAnything() => Kind switch
    {
        ValueKind.Stack or ValueKind.Context or ValueKind.Packet => new(Kind),
        ValueKind.Element => new(ValueKind.Flat, 0, Info),
        ValueKind.Flat => this,
        ValueKind.Constant when Info > 0 => new(ValueKind.Flat, 0, Info - 1),
        ValueKind.Constant or ValueKind.Unknown or ValueKind.Map or ValueKind.Record => Unknown,
        _ => Unknown,
    };

    /// <summary>What holds of both.</summary>
    public static Value Join(Value a, Value b)
    {
        if (a == b)
        {
            return a;
        }

        // A pointer from a call and null: still one, only not tested.
        if (a.IsCallResult && b == Constant(0))
        {
            return a with { Traits = a.Traits & ~ValueTraits.NonNull };
        }

        if (b.IsCallResult && a == Constant(0))
        {
            return b with { Traits = b.Traits & ~ValueTraits.NonNull };
        }

        ValueTraits upper = a.Traits & b.Traits & ValueTraits.Upper0;
        if (a.Kind != b.Kind || a.Info != b.Info)
        {
            return new(ValueKind.Unknown, upper);
        }

        switch (a.Kind)
        {
            case ValueKind.Stack:
            case ValueKind.Context:
            case ValueKind.Packet:
            case ValueKind.Flat:
                return new(a.Kind, 0, a.Info);
            case ValueKind.Element:
            case ValueKind.Record:
                return a.Offset == b.Offset
                    ? a with { Traits = a.Traits & b.Traits, Site = a.Site == b.Site ? a.Site : 0 }
                    : a.PlusAnything();
            case ValueKind.Unknown:
            case ValueKind.Constant:
            case ValueKind.Map:
            default:
                return new(ValueKind.Unknown, upper);
        }
    }
}
