namespace BpfSharp.Language;

/// <summary>What the compiler compiles instead of members of the base library that are vectorised there or call into the runtime.</summary>
/// <remarks>Names, parameters and meaning are those of the members; a span's own methods get it as the first parameter.</remarks>
internal static class Substitutes
{
    public static bool SequenceEqual<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> other) where T : unmanaged, IEquatable<T>
    {
        if (span.Length != other.Length)
        {
            return false;
        }

        for (int i = 0; i < other.Length; i++)
        {
            if (!span[i].Equals(other[i]))
            {
                return false;
            }
        }

        return true;
    }

    public static bool StartsWith<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> value) where T : unmanaged, IEquatable<T>
    {
        if (span.Length < value.Length)
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            if (!span[i].Equals(value[i]))
            {
                return false;
            }
        }

        return true;
    }

    public static bool EndsWith<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> value) where T : unmanaged, IEquatable<T>
    {
        int start = span.Length - value.Length;
        if (start < 0)
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            if (!span[start + i].Equals(value[i]))
            {
                return false;
            }
        }

        return true;
    }

    public static int IndexOf<T>(ReadOnlySpan<T> span, T value) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value))
            {
                return i;
            }
        }

        return -1;
    }

    public static int LastIndexOf<T>(ReadOnlySpan<T> span, T value) where T : unmanaged, IEquatable<T>
    {
        int last = -1;
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value))
            {
                last = i;
            }
        }

        return last;
    }

    public static int IndexOfSequence<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> value) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i <= span.Length - value.Length; i++)
        {
            int k = 0;
            while (k < value.Length && span[i + k].Equals(value[k]))
            {
                k++;
            }

            if (k == value.Length)
            {
                return i;
            }
        }

        return -1;
    }

    public static bool Contains<T>(ReadOnlySpan<T> span, T value) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value))
            {
                return true;
            }
        }

        return false;
    }

    public static int IndexOfAny2<T>(ReadOnlySpan<T> span, T value0, T value1) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value0) || span[i].Equals(value1))
            {
                return i;
            }
        }

        return -1;
    }

    public static int IndexOfAny3<T>(ReadOnlySpan<T> span, T value0, T value1, T value2) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value0) || span[i].Equals(value1) || span[i].Equals(value2))
            {
                return i;
            }
        }

        return -1;
    }

    public static bool ContainsAny2<T>(ReadOnlySpan<T> span, T value0, T value1) where T : unmanaged, IEquatable<T> =>
        IndexOfAny2(span, value0, value1) >= 0;

    public static bool ContainsAny3<T>(ReadOnlySpan<T> span, T value0, T value1, T value2) where T : unmanaged, IEquatable<T> =>
        IndexOfAny3(span, value0, value1, value2) >= 0;

    public static int IndexOfAnyExcept<T>(ReadOnlySpan<T> span, T value) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (!span[i].Equals(value))
            {
                return i;
            }
        }

        return -1;
    }

    public static int Count<T>(ReadOnlySpan<T> span, T value) where T : unmanaged, IEquatable<T>
    {
        int count = 0;
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value))
            {
                count++;
            }
        }

        return count;
    }

    public static int CommonPrefixLength<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> other) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < span.Length && i < other.Length; i++)
        {
            if (!span[i].Equals(other[i]))
            {
                return i;
            }
        }

        return span.Length < other.Length ? span.Length : other.Length;
    }

    public static int SequenceCompareTo<T>(ReadOnlySpan<T> span, ReadOnlySpan<T> other) where T : unmanaged, IComparable<T>
    {
        for (int i = 0; i < span.Length && i < other.Length; i++)
        {
            int order = span[i].CompareTo(other[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return span.Length.CompareTo(other.Length);
    }

    public static void Reverse<T>(Span<T> span) where T : unmanaged
    {
        int last = span.Length - 1;
        for (int i = 0; i < span.Length / 2; i++)
        {
            (span[i], span[last - i]) = (span[last - i], span[i]);
        }
    }

    public static void Clear<T>(Span<T> span) where T : unmanaged
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = default;
        }
    }

    public static void Fill<T>(Span<T> span, T value) where T : unmanaged
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = value;
        }
    }

    public static void CopyTo<T>(ReadOnlySpan<T> span, Span<T> destination) where T : unmanaged
    {
        if (span.Length > destination.Length)
        {
            throw new ArgumentException("the destination is shorter", nameof(destination));
        }

        TryCopyTo(span, destination);
    }

    public static bool TryCopyTo<T>(ReadOnlySpan<T> span, Span<T> destination) where T : unmanaged
    {
        if (span.Length > destination.Length)
        {
            return false;
        }

        // Both may be parts of one place: what is read must not have been written before.
        if (System.Runtime.CompilerServices.Unsafe.IsAddressLessThan(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(span),
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(destination)))
        {
            for (int i = span.Length - 1; i >= 0; i--)
            {
                destination[i] = span[i];
            }
        }
        else
        {
            for (int i = 0; i < span.Length; i++)
            {
                destination[i] = span[i];
            }
        }

        return true;
    }
}
