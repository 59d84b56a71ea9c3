using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Isa;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests;

/// <summary>One test of the public suite, assembled.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="Memory">What r1 points to.</param>
/// <param name="Program">The instructions.</param>
/// <param name="Expected">r0 at the end.</param>
public sealed record ConformanceVector(string Name, byte[] Memory, ImmutableArray<Instruction> Program, ulong Expected)
{
    public override string ToString() => Name;
}

/// <summary>The public suite's tests, when the folder beside the repository is there.</summary>
internal static class ConformanceVectors
{
    private const string File = "conformance/vectors.tsv";

    public static bool ArePresent => TestPaths.PublicData(File) is not null;

    public static IReadOnlyList<ConformanceVector> Read()
    {
        List<ConformanceVector> vectors = [];
        foreach (string line in System.IO.File.ReadLines(TestPaths.PublicData(File)!))
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            string[] fields = line.Split('\t');
            vectors.Add(new ConformanceVector(
                fields[0], Convert.FromHexString(fields[1]), Decode(Convert.FromHexString(fields[2])),
                ParseNumber(fields[3])));
        }

        return vectors;
    }

    // As the suite's files write numbers: hexadecimal with 0x, else decimal.
    internal static ulong ParseNumber(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static ImmutableArray<Instruction> Decode(ReadOnlySpan<byte> bytes)
    {
        ImmutableArray<Instruction>.Builder program = ImmutableArray.CreateBuilder<Instruction>();
        for (; Instruction.TryRead(bytes, out Instruction slot); bytes = bytes[Instruction.SizeInBytes..])
        {
            program.Add(slot);
        }

        return program.ToImmutable();
    }
}
