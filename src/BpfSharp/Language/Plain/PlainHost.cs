namespace BpfSharp.Language;

/// <summary>The refusals of plain C#.</summary>
internal static class PlainHost
{
    public static PlainCSharpException NoHelper(string name) =>
        new(name, "run the program in process or in the kernel to test what depends on it");

    public static PlainCSharpException EmptyContext(string type) =>
        new($"a default {type}", $"build one with {type}.FromPacket or {type}.Create");
}
