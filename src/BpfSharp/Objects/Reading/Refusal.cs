using BpfSharp.Diagnostics;

namespace BpfSharp.Objects.Reading;

/// <summary>Refusals of objects, by what was looked at.</summary>
internal static class Refusal
{
    internal static ObjectFormatException Object(string name, string what, string next) => New("BPF1002", name, what, next);

    internal static ObjectFormatException Map(string name, string what, string next) =>
        New("BPF1201", $"map '{name}'", what, next);

    internal static ObjectFormatException Relocation(string where, string what, string next) =>
        New("BPF1202", where, what, next);

    internal static ObjectFormatException Code(string where, string what, string next) => New("BPF1203", where, what, next);

    internal static ObjectFormatException Extern(string name, string what, string next) =>
        New("BPF1204", $"extern '{name}'", what, next);

    internal static ObjectFormatException StructOps(string name, string what, string next) =>
        New("BPF1205", $"struct_ops '{name}'", what, next);

    internal static ObjectFormatException BtfExt(string what) =>
        New("BPF1102", ".BTF.ext", $"damaged: {what}", "build the object again");

    private static ObjectFormatException New(string id, string where, string what, string next) =>
        new(new Finding { Id = id, Where = where, Message = what, Suggestion = next });
}
