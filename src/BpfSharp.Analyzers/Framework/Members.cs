using System.Text;

namespace BpfSharp;

/// <summary>Members of the base library that came after netstandard2.0, as far as the object reader uses them.</summary>
internal static class Members
{
    extension(ArgumentNullException)
    {
        public static void ThrowIfNull(object? argument, string? name = null)
        {
            if (argument is null)
            {
                throw new ArgumentNullException(name);
            }
        }
    }

    extension(ArgumentOutOfRangeException)
    {
        public static void ThrowIfGreaterThanOrEqual<T>(T value, T other, string? name = null)
            where T : IComparable<T>
        {
            if (value.CompareTo(other) >= 0)
            {
                throw new ArgumentOutOfRangeException(name);
            }
        }

        public static void ThrowIfEqual<T>(T value, T other, string? name = null)
            where T : IEquatable<T>
        {
            if (value.Equals(other))
            {
                throw new ArgumentOutOfRangeException(name);
            }
        }
    }

    extension(char)
    {
        public static bool IsAsciiLetterLower(char character) => character is >= 'a' and <= 'z';

        public static bool IsAsciiDigit(char character) => character is >= '0' and <= '9';

        public static bool IsAsciiLetterOrDigit(char character) =>
            character is (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');
    }

    extension(uint)
    {
        public static bool TryParse(
            ReadOnlySpan<char> text, System.Globalization.NumberStyles style, IFormatProvider provider, out uint number) =>
            uint.TryParse(text.ToString(), style, provider, out number);
    }

    extension(Math)
    {
        public static int Clamp(int value, int low, int high) => Math.Min(Math.Max(value, low), high);
    }

    extension(System.Buffers.Binary.BinaryPrimitives)
    {
        public static void ReverseEndianness(ReadOnlySpan<uint> source, Span<uint> destination)
        {
            for (int i = 0; i < source.Length; i++)
            {
                destination[i] = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(source[i]);
            }
        }
    }

    public static string GetString(this Encoding encoding, ReadOnlySpan<byte> bytes) => encoding.GetString(bytes.ToArray());

    public static int GetBytes(this Encoding encoding, string text, Span<byte> bytes)
    {
        byte[] encoded = encoding.GetBytes(text);
        encoded.CopyTo(bytes);
        return encoded.Length;
    }

    public static int IndexOfAnyExcept(this ReadOnlySpan<byte> bytes, byte value)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != value)
            {
                return i;
            }
        }

        return -1;
    }

    // The kind of comparison is the ordinal one wherever the reader names it.
    public static bool Contains(this string text, char character, StringComparison _) => text.IndexOf(character) >= 0;

    public static bool StartsWith(this string text, char character) => text.Length > 0 && text[0] == character;

    public static string Replace(this string text, string old, string replacement, StringComparison _) => text.Replace(old, replacement);

    public static bool TryAdd<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
    {
        if (dictionary.ContainsKey(key))
        {
            return false;
        }

        dictionary.Add(key, value);
        return true;
    }

    public static TValue? GetValueOrDefault<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key) =>
        dictionary.TryGetValue(key, out TValue value) ? value : default;

    public static bool TryDequeue<T>(this Queue<T> queue, out T value)
    {
        bool any = queue.Count > 0;
        value = any ? queue.Dequeue() : default!;
        return any;
    }

    public static bool TryPeek<T>(this Stack<T> stack, out T value)
    {
        bool any = stack.Count > 0;
        value = any ? stack.Peek() : default!;
        return any;
    }

    public static void Deconstruct<TKey, TValue>(this KeyValuePair<TKey, TValue> pair, out TKey key, out TValue value) =>
        (key, value) = (pair.Key, pair.Value);
}
