using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>Refusals of relocations.</summary>
internal static class CoreRefusal
{
    internal static ObjectFormatException Malformed(CoreRelocation relocation, string what) => new(new Finding
    {
        Id = "BPF1302",
        Message = $"CO-RE relocation {relocation.Kind}: {what}",
        Slot = relocation.Slot,
        Suggestion = "build the object again",
    });

    internal static ObjectFormatException Ambiguous(CoreRelocation relocation, string what) => new(new Finding
    {
        Id = "BPF1303",
        Message = $"CO-RE relocation {relocation.Kind}: {what}",
        Slot = relocation.Slot,
        Suggestion = "name the type by a flavour whose members only one of the kernel's types has",
    });
}
