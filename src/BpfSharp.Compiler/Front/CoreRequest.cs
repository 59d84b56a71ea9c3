using System.Collections.Immutable;
using BpfSharp.Compiler.Il;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Front;

/// <summary>A question to the target's types: becomes a CO-RE relocation.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Root">The kernel type, as C# declares it.</param>
/// <param name="Path">Fields from the root on.</param>
/// <param name="Member">Enumerator, for questions about enums.</param>
internal sealed record CoreRequest(CoreRelocationKind Kind, IlType Root, ImmutableArray<IlField> Path, string? Member)
{
    public int LocalOffset => Path.Sum(f => f.Offset);

    public bool Equals(CoreRequest? other) => other is not null && Kind == other.Kind && ReferenceEquals(Root, other.Root)
        && Member == other.Member && Path.Select(f => f.Handle).SequenceEqual(other.Path.Select(f => f.Handle));

    public override int GetHashCode() => HashCode.Combine(Kind, Root.Name, Path.Length, Member);

    public override string ToString() =>
        $"{Kind}({Root.KernelName}{string.Concat(Path.Select(f => "." + f.Name))}{(Member is null ? "" : "::" + Member)})";
}

/// <summary>What a call does with memory: the optimiser's knowledge of it.</summary>
/// <param name="Name">Name, for dumps.</param>
/// <param name="Sizes">Bytes known to be accessed through an argument: (argument, bytes).</param>
/// <param name="Writes">Arguments through which it may write.</param>
internal sealed record CallShape(string Name, ImmutableArray<(int Argument, int Bytes)> Sizes, ImmutableArray<int> Writes)
{
    public override string ToString() => Name;
}

/// <summary>A map as a thing known when compiling.</summary>
internal sealed record MapThing(int Index, string Name);

/// <summary>A declaration of a constant or extern.</summary>
internal sealed record DeclarationThing(IlField Field)
{
    public bool Equals(DeclarationThing? other) => other is not null && Field.Handle == other.Field.Handle
        && ReferenceEquals(Field.Owner, other.Field.Owner);

    public override int GetHashCode() => Field.Handle.GetHashCode();
}
