using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;

namespace BpfSharp.Linux.Symbols;

/// <summary>The parts of a native 64-bit little-endian ELF file that probes need: segments, symbols, sections by name.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ElfImage : IDisposable
{
    private const int LargestTable = 256 << 20;
    private const int SectionBytes = 64;
    private const int SegmentBytes = 56;
    private const int SymbolBytes = 24;
    private const uint SegmentLoad = 1;
    private const uint SectionSymbols = 2;
    private const uint SectionNoBits = 8;
    private const uint SectionDynamicSymbols = 11;

    private readonly FileStream _file;
    private readonly string _path;
    private readonly byte[] _sectionNames;

    private ElfImage(FileStream file, string path)
    {
        _file = file;
        _path = path;
        byte[] header = ReadAt(0, 64);
        if (!header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) || header[4] != 2 || header[5] != 1)
        {
            throw Malformed("it is no 64-bit little-endian ELF file");
        }

        Type = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(16));
        Segments = ReadSegments(header);
        Sections = ReadSections(header, out _sectionNames);
    }

    /// <summary>One loadable segment.</summary>
    internal readonly record struct Segment(ulong Offset, ulong Address, ulong FileBytes, ulong MemoryBytes, bool IsExecutable, uint Kind);

    /// <summary>One section.</summary>
    internal readonly record struct Section(uint NameOffset, uint Kind, ulong Address, ulong Offset, ulong Bytes, uint Link);

    /// <summary>One symbol.</summary>
    internal readonly record struct Symbol(string Name, ulong Value, ulong Bytes, byte Kind, bool IsDefined);

    /// <summary>2: executable at fixed addresses; 3: shared or position-independent.</summary>
    internal ushort Type { get; }

    internal IReadOnlyList<Segment> Segments { get; }

    internal IReadOnlyList<Section> Sections { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="KernelException">It is missing, unreadable or no such ELF file.</exception>
    internal static ElfImage Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            ElfImage image = new(file, path);
            file = null;
            return image;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KernelException.Missing("BPF5024", path, $"it cannot be read: {e.Message}");
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Symbols of the full table if there is one, and of the dynamic table.</summary>
    internal IEnumerable<Symbol> Symbols()
    {
        foreach (Section table in Sections)
        {
            if (table.Kind is not (SectionSymbols or SectionDynamicSymbols) || table.Link >= Sections.Count)
            {
                continue;
            }

            byte[] names = Contents(Sections[(int)table.Link]);
            byte[] entries = Contents(table);
            for (int at = 0; at + SymbolBytes <= entries.Length; at += SymbolBytes)
            {
                ReadOnlySpan<byte> entry = entries.AsSpan(at, SymbolBytes);
                ushort section = BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]);
                string name = Text(names, BinaryPrimitives.ReadUInt32LittleEndian(entry));
                yield return new Symbol(name, BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]), (byte)(entry[4] & 0xf), section != 0);
            }
        }
    }

    internal Section? FindSection(string name)
    {
        foreach (Section section in Sections)
        {
            if (Text(_sectionNames, section.NameOffset) == name)
            {
                return section;
            }
        }

        return null;
    }

    /// <summary>The offset in the file of an address as linked; <see langword="null"/> if it is in no segment.</summary>
    internal ulong? FileOffset(ulong address)
    {
        foreach (Segment segment in Segments)
        {
            if (segment.Kind == SegmentLoad && address >= segment.Address && address - segment.Address < segment.FileBytes)
            {
                return address - segment.Address + segment.Offset;
            }
        }

        return null;
    }

    internal byte[] Contents(Section section) => section.Kind == SectionNoBits ? [] : ReadAt(section.Offset, section.Bytes);

    internal static string Text(byte[] table, uint offset)
    {
        if (offset >= table.Length)
        {
            return "";
        }

        ReadOnlySpan<byte> rest = table.AsSpan((int)offset);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    public void Dispose() => _file.Dispose();

    private Segment[] ReadSegments(byte[] header)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        byte[] table = ReadAt(offset, (ulong)(count * SegmentBytes));
        Segment[] segments = new Segment[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> row = table.AsSpan(i * SegmentBytes, SegmentBytes);
            segments[i] = new Segment(
                BinaryPrimitives.ReadUInt64LittleEndian(row[8..]), BinaryPrimitives.ReadUInt64LittleEndian(row[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(row[32..]), BinaryPrimitives.ReadUInt64LittleEndian(row[40..]),
                (row[4] & 1) != 0, BinaryPrimitives.ReadUInt32LittleEndian(row));
        }

        return segments;
    }

    private Section[] ReadSections(byte[] header, out byte[] names)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(40));
        int count = offset == 0 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60));
        int nameIndex = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(62));
        byte[] table = ReadAt(offset, (ulong)(count * SectionBytes));
        Section[] sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> row = table.AsSpan(i * SectionBytes, SectionBytes);
            sections[i] = new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(row), BinaryPrimitives.ReadUInt32LittleEndian(row[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(row[16..]), BinaryPrimitives.ReadUInt64LittleEndian(row[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(row[32..]), BinaryPrimitives.ReadUInt32LittleEndian(row[40..]));
        }

        names = nameIndex < count ? Contents(sections[nameIndex]) : [];
        return sections;
    }

    private byte[] ReadAt(ulong offset, ulong bytes)
    {
        if (bytes > LargestTable || offset > (ulong)_file.Length || bytes > (ulong)_file.Length - offset)
        {
            throw Malformed($"{bytes} bytes at {offset} are not in it");
        }

        byte[] result = new byte[bytes];
        RandomAccess.Read(_file.SafeFileHandle, result, (long)offset);
        return result;
    }

    private KernelException Malformed(string what) => KernelException.Missing("BPF5024", _path, what);
}
