using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>Compares keys as their type says, or else by their bytes as the kernel does.</summary>
internal sealed class PlainKeyComparer<TKey> : IEqualityComparer<TKey> where TKey : unmanaged
{
    private static readonly bool s_comparable = typeof(IEquatable<TKey>).IsAssignableFrom(typeof(TKey));

    public bool Equals(TKey x, TKey y) => s_comparable
        ? EqualityComparer<TKey>.Default.Equals(x, y)
        : Bytes(ref x).SequenceEqual(Bytes(ref y));

    public int GetHashCode(TKey obj)
    {
        if (s_comparable)
        {
            return EqualityComparer<TKey>.Default.GetHashCode(obj);
        }

        HashCode hash = default;
        hash.AddBytes(Bytes(ref obj));
        return hash.ToHashCode();
    }

    private static Span<byte> Bytes(ref TKey key) => MemoryMarshal.AsBytes(new Span<TKey>(ref key));
}
