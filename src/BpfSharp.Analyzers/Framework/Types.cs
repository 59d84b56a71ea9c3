// Types of the base library that came after netstandard2.0, as far as the object reader uses them.
namespace System.Numerics
{
    internal static class BitOperations
    {
        public static uint RoundUpToPowerOf2(uint value)
        {
            uint power = 1;
            while (power < value)
            {
                power <<= 1;
            }

            return power;
        }
    }
}

namespace System.Collections.Generic
{
    internal sealed class ReferenceEqualityComparer : IEqualityComparer<object?>
    {
        public static ReferenceEqualityComparer Instance { get; } = new();

        bool IEqualityComparer<object?>.Equals(object? x, object? y) => ReferenceEquals(x, y);

        public int GetHashCode(object? obj) => obj is null ? 0 : obj.GetHashCode();
    }
}
