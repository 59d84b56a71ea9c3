namespace BpfSharp.Objects;

/// <summary>How <see cref="ObjectAccessorText"/> writes.</summary>
public sealed record ObjectAccessorOptions
{
    /// <summary>Name of the class; <see langword="null"/> makes one from the object's name.</summary>
    public string? ClassName { get; init; }

    /// <summary>Namespace of the class; empty for none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Whether the code is seen outside of its assembly.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Structures, unions and enumerations to write although no map and no global holds them: records of ring buffers.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The object file, to be part of the code; empty if the code is to find it otherwise.</summary>
    public ReadOnlyMemory<byte> Image { get; init; }

    /// <summary>Name of the resource that holds the object file, when <see cref="Image"/> is empty; <see langword="null"/> for none.</summary>
    public string? Resource { get; init; }
}
