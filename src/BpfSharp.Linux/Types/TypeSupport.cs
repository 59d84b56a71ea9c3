using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Types;

/// <summary>Which kinds of types this kernel takes: asked of it once, by loading the smallest set that has the kind.</summary>
/// <param name="Any">Types at all (4.18).</param>
/// <param name="GlobalFunctions">Functions with linkage (5.6).</param>
/// <param name="DataSections">Variables and data sections (5.2).</param>
/// <param name="Floats">Floating point (5.13).</param>
/// <param name="DeclarationTags">Declaration tags (5.16).</param>
/// <param name="TypeTags">Type tags (5.17).</param>
/// <param name="Enum64">64-bit and signed enumerations (6.0).</param>
[SupportedOSPlatform("linux")]
internal sealed record TypeSupport(
    bool Any, bool GlobalFunctions, bool DataSections, bool Floats, bool DeclarationTags, bool TypeTags, bool Enum64)
{
    private static readonly Lazy<TypeSupport> s_current = new(Probe);

    internal static TypeSupport OfThisKernel => s_current.Value;

    private static TypeSupport Probe() => new(
        Takes((_, _) => { }),
        Takes((b, i) => b.AddFunction("f", b.AddFunctionPrototype(0, ("a", i)), BtfLinkage.Global)),
        Takes((b, i) => b.AddSectionVariable(b.AddDataSection(".data", 4), b.NextId, 0, 4), (b, i) => b.AddVariable("v", i, BtfLinkage.Static)),
        Takes((b, _) => b.AddFloat("float", 4)),
        Takes((b, i) =>
        {
            int structure = b.AddStruct("s", 4);
            b.AddMember(structure, "m", i, 0);
            b.AddDeclarationTag("tag", structure);
        }),
        Takes((b, i) => b.AddPointer(b.AddTypeTag("tag", i))),
        Takes((b, _) => b.AddEnumerator(b.AddEnum64("e"), "E_A", 1)));

    private static bool Takes(params ReadOnlySpan<Action<BtfBuilder, int>> steps)
    {
        BtfBuilder builder = new();
        int number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        foreach (Action<BtfBuilder, int> step in steps)
        {
            step(builder, number);
        }

        using BpfHandle? handle = TypeUpload.TryLoad(builder.ToArray(), null, out _);
        return handle is not null;
    }
}
