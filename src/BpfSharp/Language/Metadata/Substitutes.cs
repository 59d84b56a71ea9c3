namespace BpfSharp.Language;

/// <summary>What the compiler compiles instead of members of the base library that are vectorised there.</summary>
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
}
