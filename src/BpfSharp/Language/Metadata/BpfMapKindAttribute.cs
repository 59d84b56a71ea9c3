using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>The class declares a map; its static readonly fields are read from the type initialiser's IL, never run.</summary>
/// <remarks>
/// Constructor arguments and object initialiser properties are read by name, any case: <c>maxEntries</c>, <c>bytes</c> or
/// <c>pages</c> (max_entries), <c>flags</c>, <c>extra</c>, <c>pinning</c> (a <see langword="bool"/> or number),
/// <c>numaNode</c>, <c>inner</c> (another declaration: the inner map's shape), <c>keySize</c>, <c>valueSize</c>.
/// </remarks>
/// <param name="type">Kind of map.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BpfMapKindAttribute(MapType type) : Attribute
{
    /// <summary>Kind of map.</summary>
    public MapType Type { get; } = type;

    /// <summary>Position of the key among the class's type arguments; -1 (the default) if it is <see cref="KeySize"/> bytes.</summary>
    public int KeyArgument { get; set; } = -1;

    /// <summary>Position of the value among the class's type arguments; -1 (the default) if it is <see cref="ValueSize"/> bytes.</summary>
    public int ValueArgument { get; set; } = -1;

    /// <summary>Bytes of a key that is no type argument (4 for arrays, 0 for ring buffers).</summary>
    public int KeySize { get; set; }

    /// <summary>Bytes of a value that is no type argument.</summary>
    public int ValueSize { get; set; }

    /// <summary>Flags that the kind always has.</summary>
    public MapFlags Flags { get; set; }

    /// <summary>Position of the inner map declaration among the type arguments, for maps of maps; -1 for none.</summary>
    public int InnerArgument { get; set; } = -1;
}
