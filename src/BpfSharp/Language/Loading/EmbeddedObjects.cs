using System.Buffers.Binary;
using System.Text;
using BpfSharp.Diagnostics;

namespace BpfSharp.Language;

/// <summary>The objects that the build embeds in an assembly: one resource that holds an ELF file per class.</summary>
/// <remarks>Layout, little-endian: <c>BPFS</c>, version 1, count; then per object the lengths of name and file (32 bits each), name, file.</remarks>
public static class EmbeddedObjects
{
    /// <summary>Name of the resource.</summary>
    public const string ResourceName = "BpfSharp.Objects";

    private const uint Magic = 0x53465042;
    private const uint Version = 1;

    /// <summary>The ELF file of a class, or <see langword="null"/> if the assembly has none.</summary>
    /// <param name="type">The class.</param>
    /// <exception cref="ObjectFormatException">The resource is damaged.</exception>
    public static byte[]? Find(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        using Stream? stream = type.Assembly.GetManifestResourceStream(ResourceName);
        if (stream is null)
        {
            return null;
        }

        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Parse(bytes, type.Assembly.GetName().Name ?? "assembly").GetValueOrDefault(type.FullName ?? type.Name);
    }

    /// <summary>The objects of a resource, by the full name of their class.</summary>
    /// <param name="resource">The resource; empty before the build has filled it.</param>
    /// <param name="where">Name of the assembly, for messages.</param>
    /// <exception cref="ObjectFormatException">It is damaged.</exception>
    public static IReadOnlyDictionary<string, byte[]> Parse(ReadOnlySpan<byte> resource, string where)
    {
        Dictionary<string, byte[]> objects = [];
        if (resource.Length < 12)
        {
            return objects;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(resource) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(resource[4..]) != Version)
        {
            throw Damaged(where, "it does not start as this version's does");
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(resource[8..]);
        ReadOnlySpan<byte> rest = resource[12..];
        for (uint i = 0; i < count; i++)
        {
            if (rest.Length < 8)
            {
                throw Damaged(where, $"object {i} of {count} is cut off");
            }

            uint nameBytes = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            uint fileBytes = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            rest = rest[8..];
            if ((ulong)nameBytes + fileBytes > (ulong)rest.Length)
            {
                throw Damaged(where, $"object {i} of {count} is cut off");
            }

            objects[Encoding.UTF8.GetString(rest[..(int)nameBytes])] = rest.Slice((int)nameBytes, (int)fileBytes).ToArray();
            rest = rest[(int)(nameBytes + fileBytes)..];
        }

        return objects;
    }

    /// <summary>The resource that holds objects.</summary>
    /// <param name="objects">ELF files by the full name of their class, in the order to be written.</param>
    public static byte[] Write(IEnumerable<KeyValuePair<string, byte[]>> objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        using MemoryStream stream = new();
        Span<byte> header = stackalloc byte[12];
        stream.Write(header);
        uint count = 0;
        foreach ((string name, byte[] file) in objects)
        {
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteInt32LittleEndian(header, nameBytes.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], file.Length);
            stream.Write(header[..8]);
            stream.Write(nameBytes);
            stream.Write(file);
            count++;
        }

        byte[] resource = stream.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(resource, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(resource.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(resource.AsSpan(8), count);
        return resource;
    }

    private static ObjectFormatException Damaged(string where, string what) => new(new Finding
    {
        Id = "BPF1090",
        Where = $"{where}, resource {ResourceName}",
        Message = $"the embedded eBPF objects cannot be read: {what}",
        Suggestion = "build the project again",
    });
}
