using System.Buffers.Binary;
using System.Runtime.Versioning;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>A program's functions and source lines as the kernel takes them (<c>bpf_func_info</c>, <c>bpf_line_info</c>).</summary>
[SupportedOSPlatform("linux")]
internal static class ProgramRecords
{
    private const int FunctionBytes = 8;
    private const int LineBytes = 16;
    private const int LargestLine = (1 << 22) - 1;
    private const int LargestColumn = (1 << 10) - 1;

    /// <summary>Functions; empty if one of them has no type, since the kernel wants all or none.</summary>
    internal static byte[] Functions(ProgramSpec program)
    {
        if (program.Subprograms.IsDefaultOrEmpty || program.Subprograms.Any(s => s.BtfTypeId == 0))
        {
            return [];
        }

        byte[] bytes = new byte[program.Subprograms.Length * FunctionBytes];
        for (int i = 0; i < program.Subprograms.Length; i++)
        {
            Span<byte> row = bytes.AsSpan(i * FunctionBytes);
            BinaryPrimitives.WriteInt32LittleEndian(row, program.Subprograms[i].StartSlot);
            BinaryPrimitives.WriteInt32LittleEndian(row[4..], program.Subprograms[i].BtfTypeId);
        }

        return bytes;
    }

    /// <summary>Lines; empty unless every function begins with one, as the kernel wants.</summary>
    /// <param name="program">The program.</param>
    /// <param name="types">Types being prepared, whose strings take the lines' texts.</param>
    internal static byte[] Lines(ProgramSpec program, TypeUpload types)
    {
        if (program.Lines.IsDefaultOrEmpty || !program.Subprograms.All(s => program.FindLine(s.StartSlot)?.Slot == s.StartSlot))
        {
            return [];
        }

        byte[] bytes = new byte[program.Lines.Length * LineBytes];
        int previous = -1;
        int at = 0;
        foreach (LineInfo line in program.Lines)
        {
            if (line.Slot <= previous)
            {
                continue;
            }

            previous = line.Slot;
            Span<byte> row = bytes.AsSpan(at, LineBytes);
            BinaryPrimitives.WriteInt32LittleEndian(row, line.Slot);
            if (types.Keeps(line))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(row[4..], line.FileOffset);
                BinaryPrimitives.WriteUInt32LittleEndian(row[8..], line.TextOffset);
                BinaryPrimitives.WriteUInt32LittleEndian(row[12..], line.Place);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(row[4..], types.StringOffset(line.Source.File));
                BinaryPrimitives.WriteUInt32LittleEndian(row[8..], types.StringOffset(line.Source.Text ?? ""));
                BinaryPrimitives.WriteUInt32LittleEndian(row[12..],
                    (uint)Math.Clamp(line.Source.Line, 0, LargestLine) << 10 | (uint)Math.Clamp(line.Source.Column, 0, LargestColumn));
            }

            at += LineBytes;
        }

        return at == bytes.Length ? bytes : bytes[..at];
    }
}
