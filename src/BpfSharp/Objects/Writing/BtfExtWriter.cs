using System.Buffers.Binary;
using BpfSharp.Btf;

namespace BpfSharp.Objects.Writing;

/// <summary>Writes <c>.BTF.ext</c>: types of functions, source lines, CO-RE relocations.</summary>
internal static class BtfExtWriter
{
    private const int HeaderLength = 32;
    private const int MaxColumn = 0x3ff;

    /// <summary>The section's bytes; empty if there is nothing to say.</summary>
    internal static byte[] Write(BtfBuilder btf, IEnumerable<(string Name, IReadOnlyList<WrittenFunction> Functions)> sections)
    {
        (string Name, IReadOnlyList<WrittenFunction> Functions)[] all = [.. sections];

        // The kernel wants the types of all functions or of none.
        bool haveTypes = all.All(s => s.Functions.All(f => f.Subprogram.BtfTypeId != 0));
        byte[] functions = haveTypes ? Part(btf, all, 8, Types) : [];
        byte[] lines = Part(btf, all, 16, Lines);
        byte[] relocations = Part(btf, all, 16, Relocations);
        if (functions.Length + lines.Length + relocations.Length == 0)
        {
            return [];
        }

        byte[] header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt16LittleEndian(header, 0xeb9f);
        header[2] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), HeaderLength);
        int at = 0;
        int field = 8;
        foreach (byte[] part in (ReadOnlySpan<byte[]>)[functions, lines, relocations])
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(field), at);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(field + 4), part.Length);
            at += part.Length;
            field += 8;
        }

        return [.. header, .. functions, .. lines, .. relocations];
    }

    private static IEnumerable<uint[]> Types(BtfBuilder btf, WrittenFunction function) =>
        [[(uint)(8 * function.Place), (uint)function.Subprogram.BtfTypeId]];

    private static IEnumerable<uint[]> Lines(BtfBuilder btf, WrittenFunction function)
    {
        foreach (LineInfo line in function.Program.Lines)
        {
            if (line.Slot >= function.Start && line.Slot < function.End)
            {
                yield return
                [
                    (uint)(8 * (function.Place + line.Slot - function.Start)),
                    btf.AddString(line.Source.File),
                    btf.AddString(line.Source.Text ?? ""),
                    (uint)line.Source.Line << 10 | (uint)Math.Min(line.Source.Column, MaxColumn),
                ];
            }
        }
    }

    private static IEnumerable<uint[]> Relocations(BtfBuilder btf, WrittenFunction function)
    {
        foreach (CoreRelocation relocation in function.Program.CoreRelocations)
        {
            if (relocation.Slot >= function.Start && relocation.Slot < function.End)
            {
                yield return
                [
                    (uint)(8 * (function.Place + relocation.Slot - function.Start)),
                    (uint)relocation.TypeId,
                    btf.AddString(relocation.AccessPath),
                    (uint)relocation.Kind,
                ];
            }
        }
    }

    private static byte[] Part(
        BtfBuilder btf,
        (string Name, IReadOnlyList<WrittenFunction> Functions)[] sections,
        uint recordLength,
        Func<BtfBuilder, WrittenFunction, IEnumerable<uint[]>> records)
    {
        List<uint> words = [recordLength];
        foreach ((string name, IReadOnlyList<WrittenFunction> functions) in sections)
        {
            uint[][] all = [.. functions.SelectMany(f => records(btf, f))];
            if (all.Length > 0)
            {
                words.Add(btf.AddString(name));
                words.Add((uint)all.Length);
                words.AddRange(all.SelectMany(r => r));
            }
        }

        if (words.Count == 1)
        {
            return [];
        }

        byte[] bytes = new byte[4 * words.Count];
        for (int i = 0; i < words.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return bytes;
    }
}
