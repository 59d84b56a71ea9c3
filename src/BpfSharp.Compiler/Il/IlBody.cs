using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>One IL instruction.</summary>
/// <param name="Offset">Byte offset in the method.</param>
/// <param name="Code">Operation, long forms only (<c>ldloc.0</c> and <c>ldloc.s</c> read as <c>ldloc</c>).</param>
/// <param name="Operand">Constant, token, local or argument number, or the target's offset of a branch.</param>
/// <param name="Targets">Offsets of a <c>switch</c>.</param>
internal readonly record struct IlInstruction(int Offset, ILOpCode Code, long Operand, int[]? Targets = null);

/// <summary>A protected region.</summary>
internal readonly record struct IlRegion(
    ExceptionRegionKind Kind, int TryStart, int TryEnd, int HandlerStart, int HandlerEnd);

/// <summary>The IL of a method, decoded and normalised.</summary>
internal sealed class IlBody
{
    public required IlMethod Method { get; init; }

    public required ImmutableArray<IlInstruction> Instructions { get; init; }

    public required ImmutableArray<IlType> Locals { get; init; }

    public required ImmutableArray<IlRegion> Regions { get; init; }

    public required bool InitLocals { get; init; }

    public required ImmutableArray<SequencePoint> Points { get; init; }

    public required Dictionary<int, int> IndexByOffset { get; init; }

    public int CodeSize { get; init; }

    public static IlBody Read(IlMethod method)
    {
        AssemblyImage image = method.Image;
        MethodBodyBlock block = image.GetBody(method.Row.RelativeVirtualAddress);
        List<IlInstruction> instructions = IlReader.Decode(block.GetILReader());
        IlNormaliser.Normalise(image, instructions);
        ImmutableArray<IlType> locals = block.LocalSignature.IsNil
            ? []
            : image.Metadata.GetStandaloneSignature(block.LocalSignature)
                .DecodeLocalSignature(new SignatureDecoder(image), method.Context);
        Dictionary<int, int> index = [];
        for (int i = 0; i < instructions.Count; i++)
        {
            index.TryAdd(instructions[i].Offset, i);
        }

        return new IlBody
        {
            Method = method,
            Instructions = [.. instructions],
            Locals = locals,
            InitLocals = block.LocalVariablesInitialized,
            Regions = [.. block.ExceptionRegions.Select(r => new IlRegion(
                r.Kind, r.TryOffset, r.TryOffset + r.TryLength, r.HandlerOffset, r.HandlerOffset + r.HandlerLength))],
            Points = ReadPoints(image, method.Handle),
            IndexByOffset = index,
            CodeSize = block.GetILReader().Length,
        };
    }

    /// <summary>Index of the sequence point in force at an IL offset; -1 for none.</summary>
    public int PointAt(int offset)
    {
        int found = -1;
        for (int i = 0; i < Points.Length && Points[i].Offset <= offset; i++)
        {
            if (!Points[i].IsHidden)
            {
                found = i;
            }
        }

        // Code in front of the first statement (closures are made there) belongs to it.
        for (int i = 0; i < Points.Length && found < 0; i++)
        {
            found = Points[i].IsHidden ? -1 : i;
        }

        return found;
    }

    private static ImmutableArray<SequencePoint> ReadPoints(AssemblyImage image, MethodDefinitionHandle handle)
    {
        if (image.Pdb is null)
        {
            return [];
        }

        MethodDebugInformation info = image.Pdb.GetMethodDebugInformation(handle);
        return info.SequencePointsBlob.IsNil ? [] : [.. info.GetSequencePoints()];
    }
}
