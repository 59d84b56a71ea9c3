using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>The three families of relocations.</summary>
internal static class CoreRelocationKinds
{
    internal static bool IsTypeBased(CoreRelocationKind kind) => kind is CoreRelocationKind.TypeIdLocal
        or CoreRelocationKind.TypeIdTarget or CoreRelocationKind.TypeExists or CoreRelocationKind.TypeSize
        or CoreRelocationKind.TypeMatches;

    internal static bool IsEnumBased(CoreRelocationKind kind) =>
        kind is CoreRelocationKind.EnumValueExists or CoreRelocationKind.EnumValue;
}
