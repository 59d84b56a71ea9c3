using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace BpfSharp.Build;

/// <summary>Fills a resource of an assembly that is compiled already.</summary>
/// <remarks>
/// The project declares the resource empty, so that metadata has a row for it. Here the assembly's resources are written again
/// behind everything else in its last section (there is no room for the header of another), with this one at their end, and the
/// row and the CLI header are pointed there. Nothing is moved.
/// </remarks>
internal static class AssemblyResource
{
    private const int SectionHeaderBytes = 40;
    private const int ResourcesInCliHeader = 24;
    private const int SizeOfImageInOptionalHeader = 56;
    private const uint Discardable = 0x0200_0000;

    /// <summary>The assembly with the resource's content.</summary>
    /// <param name="assembly">The assembly's bytes; it must have the resource.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="InvalidDataException">There is no such resource, or something follows the last section.</exception>
    public static byte[] Fill(byte[] assembly, string name, ReadOnlySpan<byte> content)
    {
        using PEReader image = new([.. assembly]);
        PEHeaders headers = image.PEHeaders;
        MetadataReader metadata = image.GetMetadataReader();
        ManifestResourceHandle handle = metadata.ManifestResources
            .FirstOrDefault(h => metadata.StringComparer.Equals(metadata.GetManifestResource(h).Name, name));
        if (handle.IsNil)
        {
            throw new InvalidDataException($"the assembly has no resource '{name}': BpfSharp.Build's targets did not run before it was compiled");
        }

        // Filled before? Then the resources stand in the last section already, all others in front of this one.
        int index = headers.SectionHeaders.Length - 1;
        SectionHeader last = headers.SectionHeaders[index];
        DirectoryEntry resources = headers.CorHeader!.ResourcesDirectory;
        bool refill = resources.RelativeVirtualAddress >= last.VirtualAddress;
        int othersSize = refill ? (int)metadata.GetManifestResource(handle).Offset : resources.Size;
        ReadOnlySpan<byte> others = image.GetSectionData(resources.RelativeVirtualAddress).GetContent(0, othersSize).AsSpan();

        // The section's bytes in the file and in memory run in parallel from here on.
        int fileAlignment = headers.PEHeader!.FileAlignment;
        int start = refill
            ? resources.RelativeVirtualAddress - last.VirtualAddress
            : Align(Math.Max(last.VirtualSize, last.SizeOfRawData), 8);
        int offset = Align(others.Length, 8);
        int size = offset + sizeof(uint) + content.Length;
        if (last.PointerToRawData + last.SizeOfRawData != assembly.Length)
        {
            throw new InvalidDataException("something follows the assembly's last section (a signature?)");
        }

        byte[] result = new byte[last.PointerToRawData + Align(start + size, fileAlignment)];
        assembly.AsSpan(0, Math.Min(assembly.Length, last.PointerToRawData + start)).CopyTo(result);
        Span<byte> section = result.AsSpan(last.PointerToRawData + start);
        others.CopyTo(section);
        BinaryPrimitives.WriteInt32LittleEndian(section[offset..], content.Length);
        content.CopyTo(section[(offset + sizeof(uint))..]);

        Span<byte> header = result.AsSpan(
            headers.PEHeaderStartOffset + headers.CoffHeader.SizeOfOptionalHeader + index * SectionHeaderBytes, SectionHeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], start + size);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], Align(start + size, fileAlignment));
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], (uint)last.SectionCharacteristics & ~Discardable);
        BinaryPrimitives.WriteInt32LittleEndian(
            result.AsSpan(headers.PEHeaderStartOffset + SizeOfImageInOptionalHeader),
            Align(last.VirtualAddress + start + size, headers.PEHeader.SectionAlignment));
        Span<byte> directory = result.AsSpan(headers.CorHeaderStartOffset + ResourcesInCliHeader);
        BinaryPrimitives.WriteInt32LittleEndian(directory, last.VirtualAddress + start);
        BinaryPrimitives.WriteInt32LittleEndian(directory[4..], size);
        int row = headers.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.ManifestResource)
            + (MetadataTokens.GetRowNumber(handle) - 1) * metadata.GetTableRowSize(TableIndex.ManifestResource);
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(row), offset);
        return result;
    }

    private static int Align(int value, int alignment) => (value + alignment - 1) & -alignment;
}
