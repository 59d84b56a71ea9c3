using System.Collections.Immutable;

namespace BpfSharp.Hooks;

/// <summary>A structure a program sees as its context or through a pointer of it.</summary>
/// <param name="Name">Name in C, without <c>struct</c>.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Fields">Fields, by offset; members of a union share theirs.</param>
public sealed record ContextStruct(string Name, int Size, ImmutableArray<ContextField> Fields)
{
    /// <summary>The first field that covers an offset, or <see langword="null"/>.</summary>
    public ContextField? FindField(int offset)
    {
        foreach (ContextField field in Fields)
        {
            if (offset >= field.Offset && offset < field.Offset + field.Size)
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>A field by name, or <see langword="null"/>.</summary>
    public ContextField? FindField(string name)
    {
        foreach (ContextField field in Fields)
        {
            if (field.Name == name)
            {
                return field;
            }
        }

        return null;
    }
}
