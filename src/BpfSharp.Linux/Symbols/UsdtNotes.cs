using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;

namespace BpfSharp.Linux.Symbols;

/// <summary>One place of a static user-space tracepoint (USDT) in a file.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Name">Its name.</param>
/// <param name="FileOffset">Where in the file its instruction is.</param>
/// <param name="CounterOffset">Where in the file its semaphore is; 0 if it has none.</param>
/// <param name="Arguments">Its arguments as written, for example <c>8@%rdi -4@$5</c>.</param>
[SupportedOSPlatform("linux")]
public sealed record UsdtNote(string Provider, string Name, ulong FileOffset, ulong CounterOffset, string Arguments)
{
    private const uint NoteType = 3;

    /// <summary>All of a file.</summary>
    /// <param name="path">A 64-bit ELF file.</param>
    /// <exception cref="KernelException">It is no such file.</exception>
    public static IReadOnlyList<UsdtNote> ReadAll(string path)
    {
        using ElfImage image = ElfImage.Open(path);
        if (image.FindSection(".note.stapsdt") is not { } section)
        {
            return [];
        }

        ulong linkedBase = image.FindSection(".stapsdt.base")?.Address ?? 0;
        byte[] bytes = image.Contents(section);
        List<UsdtNote> notes = [];
        int at = 0;
        while (at + 12 <= bytes.Length)
        {
            int nameBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            int textBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8));
            int text = at + 12 + (nameBytes + 3 & ~3);
            if (nameBytes < 0 || textBytes < 0 || text > bytes.Length || textBytes > bytes.Length - text)
            {
                break;
            }

            if (type == NoteType && textBytes >= 27 && Read(image, bytes.AsSpan(text, textBytes), linkedBase) is { } note)
            {
                notes.Add(note);
            }

            at = text + (textBytes + 3 & ~3);
        }

        return notes;
    }

    private static UsdtNote? Read(ElfImage image, ReadOnlySpan<byte> note, ulong linkedBase)
    {
        ulong place = BinaryPrimitives.ReadUInt64LittleEndian(note);
        ulong noteBase = BinaryPrimitives.ReadUInt64LittleEndian(note[8..]);
        ulong counter = BinaryPrimitives.ReadUInt64LittleEndian(note[16..]);
        // Prelinking moves the file without touching notes; the base section tells by how much.
        ulong shift = linkedBase != 0 && noteBase != 0 ? linkedBase - noteBase : 0;
        ReadOnlySpan<byte> rest = note[24..];
        string provider = Take(ref rest);
        string name = Take(ref rest);
        string arguments = Take(ref rest);
        return image.FileOffset(place + shift) is { } offset
            ? new UsdtNote(provider, name, offset, counter == 0 ? 0 : image.FileOffset(counter + shift) ?? 0, arguments)
            : null;
    }

    private static string Take(ref ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? bytes : bytes[..end];
        bytes = end < 0 ? default : bytes[(end + 1)..];
        return Encoding.UTF8.GetString(text);
    }
}
