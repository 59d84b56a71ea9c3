using System.Text.RegularExpressions;
using BpfSharp.Language;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace BpfSharp.Build.Tests;

/// <summary>The mistakes newcomers make: each stops the build, with the C# line and what to do.</summary>
public sealed partial class MistakeTests
{
    private const string Maps = "static readonly HashMap<uint, ulong> Counts = new(64); static readonly RingBuffer<ulong> Ring = new(4096); struct Big { public ulong A, B, C; }";

    // What is wrong; a pattern the message must match; the statements, with "// !" behind the line to be named.
    public static TheoryData<string, string, string> Mistakes { get; } = new()
    {
        { "a value used without asking whether it was found", "BPF2",
            "ref ulong count = ref Counts.Find(1, out _);\ncount++; // !\nreturn XdpAction.Pass;" },
        { "a header used without asking whether the packet holds it", "BPF2",
            "Packet packet = ctx.Packet;\nref EthernetHeader eth = ref packet.Take<EthernetHeader>(out _);\nreturn eth.Type == EtherType.Arp ? XdpAction.Drop : XdpAction.Pass; // !" },
        { "a ring record that is neither submitted nor discarded", "BPF2",
            "if (!Ring.TryReserve(out RingRecord<ulong> record)) return XdpAction.Pass;\nif (ctx.Length > 100) return XdpAction.Drop;\nrecord.Value = 1;\nrecord.Submit();\nreturn XdpAction.Pass;" },
        { "a ring record used after it was submitted", "BPF2",
            "if (!Ring.TryReserve(out RingRecord<ulong> record)) return XdpAction.Pass;\nrecord.Submit();\nrecord.Value = 1; // !\nreturn XdpAction.Pass;" },
        { "a loop without a bound the verifier sees", "BPF2",
            "uint x = Bpf.GetPrandomU32();\nwhile (x != 1) x = x % 2 == 0 ? x / 2 : 3 * x + 1;\nreturn XdpAction.Pass;" },
        { "more stack than there is", "BPF3201",
            "Span<byte> buffer = stackalloc byte[1024];\nbuffer[(int)(ctx.Length & 1023)] = 1;\nreturn buffer[(int)(ctx.RxQueueIndex & 1023)] == 1 ? XdpAction.Drop : XdpAction.Pass;" },
        { "a class", "BPF3101", "object o = new(); // !\nreturn o.Equals(null) ? XdpAction.Drop : XdpAction.Pass;" },
        { "floating point", "BPF3105", "double share = ctx.Length * 0.5; // !\nreturn share > 100 ? XdpAction.Drop : XdpAction.Pass;" },
        { "try and catch", "BPF3104", "try { Counts.Remove(1); }\ncatch (Exception) { return XdpAction.Drop; } // !\nreturn XdpAction.Pass;" },
        { "a helper the program type does not have", "BPF2",
            "return Bpf.GetFuncIp(ctx) == 0 ? XdpAction.Drop : XdpAction.Pass; // !" },
        { "text", "BPF3106|BPF3109", "string name = ctx.Length > 100 ? \"big\" : \"small\";\nreturn name.Length == 3 ? XdpAction.Drop : XdpAction.Pass; // !" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_stops_the_build_at_its_line(string what, string id, string statements)
    {
        string text = Source.Program(statements, Maps);
        string output = Build(text);

        Match error = Error().Match(output);
        Assert.True(error.Success, $"{what}: no error in MSBuild's format:\n{output}\n{text}");
        Assert.Matches($"^({id})", error.Groups["id"].Value);
        int line = Array.FindIndex(text.Split('\n'), l => l.TrimEnd().EndsWith("// !", StringComparison.Ordinal));
        if (line >= 0)
        {
            Assert.True(line + 2 == int.Parse(error.Groups["line"].Value, System.Globalization.CultureInfo.InvariantCulture),
                $"{what}: expected line {line + 2}:\n{output}\n{text}");
        }

        Assert.Contains(';', output);
    }

    [Fact]
    public void A_good_program_is_embedded_and_the_stamp_written()
    {
        string text = Source.Program("Counts.Set(1, 2);\nreturn XdpAction.Pass;", Maps);
        string folder = Directory.CreateTempSubdirectory("bpfsharp").FullName;
        try
        {
            string output = Build(text, folder);
            Assert.Equal("", output);
            Assert.True(File.Exists(Path.Combine(folder, "stamp")));
            System.Reflection.Assembly assembly = System.Reflection.Assembly.Load(File.ReadAllBytes(Path.Combine(folder, "Sample.dll")));
            byte[] elf = EmbeddedObjects.Find(assembly.GetType("Sample")!)!;
            Assert.Equal("Run", Assert.Single(Objects.BpfObject.Read(elf).Programs).Name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Misuse_is_explained()
    {
        using StringWriter output = new();
        Assert.Equal(2, BuildStep.Run(["--assembli", "x"], output));
        Assert.Contains("--assembly", output.ToString(), StringComparison.Ordinal);
    }

    private static string Build(string text)
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp").FullName;
        try
        {
            return Build(text, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Build(string text, string folder)
    {
        string dll = Path.Combine(folder, "Sample.dll");
        CSharpCompilation compilation = Source.Compile(text);
        using (FileStream assembly = File.Create(dll))
        using (FileStream pdb = File.Create(Path.ChangeExtension(dll, "pdb")))
        {
            EmitResult emitted = compilation.Emit(assembly, pdb,
                manifestResources: [new ResourceDescription(EmbeddedObjects.ResourceName, () => new MemoryStream([]), isPublic: true)],
                options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
                cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
        }

        using StringWriter output = new();
        int code = BuildStep.Run(["--assembly", dll, "--stamp", Path.Combine(folder, "stamp")], output);
        Assert.Equal(Error().IsMatch(output.ToString()) ? 1 : 0, code);
        return output.ToString();
    }

    [GeneratedRegex(@"^[^(\n]*Sample\.cs\((?<line>\d+),\d+\): error (?<id>BPF\d+): ", RegexOptions.Multiline)]
    private static partial Regex Error();
}
