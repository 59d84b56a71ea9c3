using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace BpfSharp.Build;

/// <summary>Fills a resource of an assembly that is compiled already.</summary>
/// <remarks>
/// The project declares the resource empty, so that metadata has a row for it. Here the assembly's resources are written again
/// into a new last section, with this one at their end, and the row and the CLI header are pointed there. Nothing is moved.
/// </remarks>
internal static class AssemblyResource
{
    private const int SectionHeaderBytes = 40;
    private const int ResourcesInCliHeader = 24;
    private const int SectionCountInCoffHeader = 2;
    private const int SizeOfImageInOptionalHeader = 56;
    private const uint ReadableData = 0x4000_0040;

    private static ReadOnlySpan<byte> SectionName => ".bpfobj\0"u8;

    /// <summary>The assembly with the resource's content.</summary>
    /// <param name="assembly">The assembly's bytes; it must have the resource.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="InvalidDataException">There is no such resource, or no room for a section header.</exception>
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

        // Filled before? Then what is in front of this resource in our section are all the others.
        SectionHeader last = headers.SectionHeaders[^1];
        bool refill = last.Name == ".bpfobj";
        int resources = headers.CorHeader!.ResourcesDirectory.RelativeVirtualAddress;
        int resourcesSize = refill ? (int)metadata.GetManifestResource(handle).Offset : headers.CorHeader.ResourcesDirectory.Size;
        ReadOnlySpan<byte> others = image.GetSectionData(resources).GetContent(0, resourcesSize).AsSpan();
        int offset = (others.Length + 7) & ~7;

        ImmutableArray<SectionHeader> sections = headers.SectionHeaders;
        int before = refill ? sections.Length - 1 : sections.Length;
        SectionHeader previous = sections[before - 1];
        int fileAlignment = headers.PEHeader!.FileAlignment;
        int sectionAlignment = headers.PEHeader.SectionAlignment;
        int address = Align(previous.VirtualAddress + Math.Max(previous.VirtualSize, previous.SizeOfRawData), sectionAlignment);
        int position = refill ? last.PointerToRawData : Align(assembly.Length, fileAlignment);
        int size = offset + sizeof(uint) + content.Length;

        byte[] result = new byte[position + Align(size, fileAlignment)];
        assembly.AsSpan(0, Math.Min(assembly.Length, position)).CopyTo(result);
        Span<byte> section = result.AsSpan(position);
        others.CopyTo(section);
        BinaryPrimitives.WriteInt32LittleEndian(section[offset..], content.Length);
        content.CopyTo(section[(offset + sizeof(uint))..]);

        WriteSectionHeader(result, headers, before, address, size, position, Align(size, fileAlignment));
        BinaryPrimitives.WriteInt32LittleEndian(
            result.AsSpan(headers.PEHeaderStartOffset + SizeOfImageInOptionalHeader), Align(address + size, sectionAlignment));
        Span<byte> directory = result.AsSpan(headers.CorHeaderStartOffset + ResourcesInCliHeader);
        BinaryPrimitives.WriteInt32LittleEndian(directory, address);
        BinaryPrimitives.WriteInt32LittleEndian(directory[4..], size);
        int row = headers.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.ManifestResource)
            + (MetadataTokens.GetRowNumber(handle) - 1) * metadata.GetTableRowSize(TableIndex.ManifestResource);
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(row), offset);
        return result;
    }

    private static void WriteSectionHeader(
        byte[] result, PEHeaders headers, int index, int address, int size, int position, int rawSize)
    {
        int table = headers.PEHeaderStartOffset + headers.CoffHeader.SizeOfOptionalHeader;
        int at = table + index * SectionHeaderBytes;
        if (at + SectionHeaderBytes > headers.PEHeader!.SizeOfHeaders)
        {
            throw new InvalidDataException("the assembly's headers have no room for another section");
        }

        Span<byte> header = result.AsSpan(at, SectionHeaderBytes);
        header.Clear();
        SectionName.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], size);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], address);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], rawSize);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], position);
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], ReadableData);
        BinaryPrimitives.WriteInt16LittleEndian(
            result.AsSpan(headers.CoffHeaderStartOffset + SectionCountInCoffHeader), (short)(index + 1));
    }

    private static int Align(int value, int alignment) => (value + alignment - 1) & -alignment;
}
