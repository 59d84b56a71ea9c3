extern alias Analyzers;

using System.Collections.Immutable;
using System.Reflection;
using Analyzers::BpfSharp.Analyzers;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Build.Tests;

/// <summary>A generated class at work: the same user code over the firewall object in process and in the kernel.</summary>
public sealed class AccessorUseTests
{
    private const string User = """
        using BpfSharp.Hosting;
        using BpfSharp.Maps;
        using App;
        using App.FirewallTypes;

        // The object does not hold the record's type: nothing but the program uses it.
        public struct Drop { public ulong Time; public uint Source; public ushort Port; public byte Protocol, Reason; }

        public static class User
        {
            public static string Run(IBpfHost host)
            {
                FirewallSource source = Firewall.Open();
                if (source.ClosedByDefault != 1) return "the constant is not 1 in the file";
                source.ClosedByDefault = 1;
                source.Talkers.MaxEntries = 64;
                source.BytesSeen = 1000;
                using Firewall firewall = source.Load(host);
                firewall.OpenPorts[443] = 0;

                byte[] frame = new byte[64];
                frame[12] = 0x08;
                frame[14] = 0x45;
                frame[17] = 50;
                frame[23] = 6;
                frame[26] = 10;
                frame[29] = 7;
                frame[36] = 1;
                frame[37] = 0xbb;
                frame[46] = 0x50;
                frame[47] = 2;
                ulong opened = firewall.FirewallProgram.Run(frame).ReturnValue;
                frame[37] = 0xbc;
                ulong closed = firewall.FirewallProgram.Run(frame).ReturnValue;

                uint source4 = System.BitConverter.ToUInt32(frame, 26);
                if (!firewall.Talkers.TryGetValue(source4, out Talker talker)) return "no talker";
                string drops = "";
                using IRingBuffer<Drop> records = firewall.Drops.OpenRecords<Drop>();
                while (records.TryRead(out RecordBatch<Drop> batch))
                {
                    foreach (ref readonly Drop drop in batch)
                    {
                        drops += $"{drop.Reason} {drop.Protocol} {drop.Source == source4}";
                    }
                }

                ulong before = firewall.BytesSeen;
                firewall.BytesSeen = 7;
                return $"{opened} {closed}, {talker.Packets} packets {talker.Bytes} bytes, drops: {drops}, seen {before} {firewall.BytesSeen}, constant {firewall.ClosedByDefault}";
            }
        }
        """;

    private const string Expected =
        "2 1, 2 packets 128 bytes, drops: 2 6 True, seen 1128 7, constant 1";

    private static readonly string s_object = Path.Combine(TestPaths.Repository, "samples", "c", "firewall.o");

    [Fact]
    public void A_generated_class_works_in_process() => Assert.Equal(Expected, Run(Written(), BpfHost.InProcess));

    [Fact]
    public void A_generated_class_works_in_the_kernel()
    {
        KernelSupport.RequireBpf();
        Assert.Equal(Expected, Run(Written(), BpfHost.Kernel));
    }

    [Fact]
    public void The_generator_writes_what_the_tool_writes_and_reads_the_embedded_file()
    {
        (string[] sources, string[] problems) = Generate(s_object, ("ClassName", "Firewall"), ("Types", "talker"), ("Public", "true"));
        Assert.Empty(problems);
        Assert.Equal(Write(new ObjectAccessorOptions { Resource = "BpfSharp.Object.x", ClassName = "Firewall", Namespace = "App", Types = ["talker"] }), Assert.Single(sources));
        Assert.Equal(Expected, Run(sources[0], BpfHost.InProcess, "BpfSharp.Object.x"));
    }

    [Theory]
    [InlineData("no.o", "", "no.o")]
    [InlineData("firewall.c", "", "ELF magic")]
    [InlineData("firewall.o", "nothing", "no structure, union or enumeration 'nothing'")]
    public void An_item_that_cannot_be_read_is_an_error_of_the_build(string file, string types, string expected)
    {
        (string[] sources, string[] problems) = Generate(Path.Combine(TestPaths.Repository, "samples", "c", file), ("Types", types));
        Assert.Empty(sources);
        Assert.Contains(expected, Assert.Single(problems), StringComparison.Ordinal);
        Assert.StartsWith("BPF4023", problems[0], StringComparison.Ordinal);
    }

    private static string Written() => Write(new ObjectAccessorOptions
    {
        ClassName = "Firewall",
        Namespace = "App",
        Types = ["talker"],
        Image = File.ReadAllBytes(s_object),
    });

    private static string Write(ObjectAccessorOptions options) => ObjectAccessorText.Write(BpfObject.Read(s_object), options);

    private static string Run(string text, IBpfHost host, string? resource = null)
    {
        CSharpCompilation compilation = Source.Compile("").RemoveAllSyntaxTrees().AddSyntaxTrees(
            CSharpSyntaxTree.ParseText(text, Source.ParseOptions), CSharpSyntaxTree.ParseText(User, Source.ParseOptions));
        using MemoryStream image = new();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(image, manifestResources: resource is null
            ? null : [new ResourceDescription(resource, () => File.OpenRead(s_object), isPublic: true)]);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return (string)Assembly.Load(image.ToArray()).GetType("User")!.GetMethod("Run")!.Invoke(null, [host])!;
    }

    private static (string[] Sources, string[] Problems) Generate(string file, params (string Name, string Value)[] metadata)
    {
        ItemOptions options = new(metadata);
        GeneratorDriverRunResult result = CSharpGeneratorDriver.Create(
                [new ObjectGenerator().AsSourceGenerator()], [new ItemFile(file)], Source.ParseOptions, options)
            .RunGenerators(Source.Compile("")).GetRunResult();
        return ([.. result.GeneratedTrees.Select(t => t.ToString())], [.. result.Diagnostics.Select(d => $"{d.Id}: {d.GetMessage(null)}")]);
    }

    private sealed class ItemFile(string path) : AdditionalText
    {
        public override string Path => path;

        public override Microsoft.CodeAnalysis.Text.SourceText? GetText(CancellationToken cancellationToken = default) => null;
    }

    private sealed class ItemOptions : AnalyzerConfigOptionsProvider
    {
        private readonly Values _item;

        public ItemOptions((string Name, string Value)[] metadata) => _item = new Values(metadata
            .Select(m => KeyValuePair.Create("build_metadata.AdditionalFiles.BpfSharp" + m.Name, m.Value))
            .Append(KeyValuePair.Create("build_metadata.AdditionalFiles.BpfSharpResource", "BpfSharp.Object.x")).ToImmutableDictionary());

        public override AnalyzerConfigOptions GlobalOptions { get; } =
            new Values(ImmutableDictionary<string, string>.Empty.Add("build_property.RootNamespace", "App"));

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _item;
    }

    private sealed class Values(ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) =>
            values.TryGetValue(key, out value);
    }
}
