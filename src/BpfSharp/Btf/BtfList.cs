namespace BpfSharp.Btf;

/// <summary>Something a type has several of, read from the file's bytes on demand.</summary>
/// <typeparam name="T">The element.</typeparam>
public interface IBtfElement<T>
    where T : struct, IBtfElement<T>
{
    /// <summary>Reads one element.</summary>
    /// <param name="type">A type of a kind that has such elements.</param>
    /// <param name="index">Less than the type's count.</param>
    /// <remarks>No static member: the object reader is also built for the editor's generator, whose framework has none in interfaces.</remarks>
    T Read(BtfType type, int index);
}

/// <summary>Members, parameters, enumerators or variables of a type; nothing is allocated.</summary>
/// <typeparam name="T">The element.</typeparam>
public readonly struct BtfList<T>
    where T : struct, IBtfElement<T>
{
    private readonly BtfType _type;

    internal BtfList(BtfType type, int count)
    {
        _type = type;
        Count = count;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>One of them.</summary>
    /// <param name="index">Less than <see cref="Count"/>.</param>
    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return default(T).Read(_type, index);
        }
    }

    /// <summary>Enumerates them.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Copies them.</summary>
    public T[] ToArray()
    {
        T[] copy = new T[Count];
        for (int i = 0; i < copy.Length; i++)
        {
            copy[i] = this[i];
        }

        return copy;
    }

    /// <summary>A position in the list.</summary>
    public struct Enumerator
    {
        private readonly BtfList<T> _list;
        private int _index;

        internal Enumerator(BtfList<T> list)
        {
            _list = list;
            _index = -1;
        }

        /// <summary>The element at the position.</summary>
        public readonly T Current => default(T).Read(_list._type, _index);

        /// <summary>Moves on.</summary>
        /// <returns><see langword="false"/> at the end.</returns>
        public bool MoveNext() => ++_index < _list.Count;
    }
}
