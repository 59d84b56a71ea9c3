namespace BpfSharp.Language;

/// <summary>Storage of maps that live in a kernel or host only: every use from outside is refused with EINVAL.</summary>
internal sealed class PlainNothing(MapDeclaration declaration) : PlainStorage(declaration);
