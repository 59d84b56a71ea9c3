using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using BpfSharp.Btf;
using BpfSharp.Compiler;
using BpfSharp.CoRe;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using BpfSharp.Verifier;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Benchmarks;

/// <summary>The compiler's C# programs beside their C twins of clang, in one run: length, verification, stack, time in the kernel.</summary>
[SupportedOSPlatform("linux")]
internal static partial class CompilerPairs
{
    // Many repeats in each call, whatever the program: the call itself costs microseconds.
    private const int Rounds = 9;
    private const int Repeats = 40_000;
    private const string Usings = """
        global using System; global using System.Numerics; global using System.Threading; global using System.Buffers.Binary;
        global using System.Runtime.CompilerServices; global using System.Runtime.InteropServices; global using BpfSharp.Language;
        """;

    private sealed record Measured(int Slots, int Processed, int Stack, double Time, bool Accepted);

    [GeneratedRegex(@"stack depth ([0-9+]+)")]
    private static partial Regex StackDepth { get; }

    [GeneratedRegex(@"processed (\d+) insns")]
    private static partial Regex Processed { get; }

    public static int Run(string[] arguments)
    {
        string folder = Path.GetFullPath(Path.Combine(Root(), "tests", "data", "pairs"));
        string clang = Environment.GetEnvironmentVariable("CLANG") ?? "clang-19";
        string temporary = Directory.CreateTempSubdirectory("pairs").FullName;
        List<(string Name, Measured Ours, Measured Theirs)> rows = [];
        try
        {
            BtfFile kernel = BtfFile.Read(File.ReadAllBytes("/sys/kernel/btf/vmlinux"));
            Console.WriteLine($"{"pair",-16} {"slots",11} {"processed",13} {"stack",9} {"ns a run",15}  ratio");
            foreach (string file in Directory.EnumerateFiles(folder, "*.cs").Order(StringComparer.Ordinal))
            {
                string name = Path.GetFileNameWithoutExtension(file);
                if (arguments.Length > 0 && !arguments.Contains(name))
                {
                    continue;
                }

                BpfObject ours = Compile(File.ReadAllText(file));
                BpfObject theirs = Clang(clang, Path.Combine(folder, name + ".c"), Path.Combine(temporary, name + ".o"));
                (Measured a, Measured b) = Compare(ours, theirs, kernel);
                rows.Add((name, a, b));
                string differs = a.Accepted == b.Accepted ? "" : $"  OUR VERIFIER: {a.Accepted}, twin {b.Accepted}";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{name,-16} {a.Slots,5} {b.Slots,5} {a.Processed,6} {b.Processed,6} {a.Stack,4} {b.Stack,4} {a.Time,7:F1} {b.Time,7:F1}  {a.Time / b.Time:F3}{differs}"));
            }
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        Report("slots", r => r.Slots);
        Report("processed", r => r.Processed);
        Report("time", r => r.Time);
        int ourStack = rows.Sum(r => r.Ours.Stack);
        int theirStack = rows.Sum(r => r.Theirs.Stack);
        double both = Geomean(rows.Where(r => r.Ours.Stack > 0 && r.Theirs.Stack > 0).Select(r => (double)r.Ours.Stack / r.Theirs.Stack));
        string larger = string.Join(", ", rows.Where(r => r.Ours.Stack > r.Theirs.Stack).Select(r => $"{r.Name} {r.Ours.Stack}/{r.Theirs.Stack}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"stack: {ourStack} bytes in all against {theirStack} ({(double)ourStack / theirStack:F3}); where both use it geomean {both:F3}; more than the twin: {larger}"));
        Console.WriteLine($"our verifier accepts {rows.Count(r => r.Ours.Accepted)} of {rows.Count}, of the twins {rows.Count(r => r.Theirs.Accepted)}");
        return 0;

        void Report(string what, Func<Measured, double> of)
        {
            (string name, double ratio) = rows.Select(r => (r.Name, of(r.Ours) / of(r.Theirs))).MaxBy(r => r.Item2);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what}: geomean {Geomean(rows.Select(r => of(r.Ours) / of(r.Theirs))):F3}, worst {ratio:F2} ({name})"));
        }
    }

    private static double Geomean(IEnumerable<double> ratios) => Math.Exp(ratios.Average(Math.Log));

    private static string Root([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "..");

    private static BpfObject Compile(string source)
    {
        string[] wanted = ["System.Private.CoreLib.dll", "System.Runtime.dll", "System.Memory.dll", "System.Threading.dll",
            "System.Runtime.InteropServices.dll"];
        CSharpParseOptions parse = new(LanguageVersion.CSharp14);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Pair", [CSharpSyntaxTree.ParseText(source, parse), CSharpSyntaxTree.ParseText(Usings, parse)],
            [
                .. wanted.Select(f => MetadataReference.CreateFromFile(
                    Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), f))),
                MetadataReference.CreateFromFile(typeof(Language.XdpContext).Assembly.Location),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using MemoryStream image = new();
        if (!compilation.Emit(image).Success)
        {
            throw new InvalidOperationException("a pair's C# does not compile");
        }

        CompilationResult result = BpfCompiler.TryCompile(image.ToArray(), [], null, new CompilerOptions { CpuLevel = 4 });
        return result.Object ?? throw new InvalidOperationException(string.Join('\n', result.Findings));
    }

    private static BpfObject Clang(string clang, string source, string output)
    {
        using Process process = Process.Start(clang, ["-O2", "-g", "-target", "bpf", "-mcpu=v4", "-c", source, "-o", output]);
        process.WaitForExit();
        return process.ExitCode == 0 ? BpfObject.Read(output) : throw new InvalidOperationException($"{clang} failed on {source}");
    }

    private static (Measured Ours, Measured Theirs) Compare(BpfObject ours, BpfObject theirs, BtfFile kernel)
    {
        using KernelObject first = Load(ours);
        using KernelObject second = Load(theirs);
        LoadedProgram a = first.Programs.Values.First();
        LoadedProgram b = second.Programs.Values.First();
        (double timeA, double timeB) = (0, 0);
        byte[][] packets = [.. Packets()];
        foreach (byte[] packet in packets)
        {
            (double left, double right) = (double.PositiveInfinity, double.PositiveInfinity);
            for (int round = 0; round < Rounds; round++)
            {
                left = Math.Min(left, Time(a, packet));
                right = Math.Min(right, Time(b, packet));
            }

            timeA += left / packets.Length;
            timeB += right / packets.Length;
        }

        return (Facts(ours, first, timeA, kernel), Facts(theirs, second, timeB, kernel));
    }

    private static double Time(LoadedProgram program, byte[] packet)
    {
        long start = CpuClock.Now;
        program.Run(new RunInput { Packet = packet, Repeat = Repeats });
        return (CpuClock.Now - start) / (double)Repeats;
    }

    private static KernelObject Load(BpfObject source) => BpfHost.Kernel.LoadObject(source, new KernelLoadOptions { LogLevel = 4 });

    private static Measured Facts(BpfObject source, KernelObject loaded, double time, BtfFile kernel)
    {
        KernelProgram program = loaded.Program(source.Programs[0].Name);
        int stack = StackDepth.Match(program.Log).Groups[1].Value.Split('+').Sum(s => int.Parse(s, CultureInfo.InvariantCulture));
        int processed = int.Parse(Processed.Match(program.Log).Groups[1].Value, CultureInfo.InvariantCulture);
        ProgramSpec spec = source.Programs[0];
        spec = spec.CoreRelocations.Length > 0 ? CoreRelocator.Apply(source, spec, kernel) : spec;
        bool accepted = ProgramVerifier.Verify(source, spec, new VerifierOptions { KernelTypes = kernel }).IsAccepted;
        return new Measured(source.Programs[0].Instructions.Length, processed, stack, time, accepted);
    }

    // TCP to port 8100, UDP 53 with a name, ICMP, IPv6: what the pairs look at.
    private static IEnumerable<byte[]> Packets()
    {
        foreach (byte protocol in (byte[])[6, 17, 1])
        {
            byte[] packet = new byte[96];
            new Random(protocol).NextBytes(packet);
            (packet[12], packet[13], packet[14], packet[22], packet[23]) = (8, 0, 0x45, 64, protocol);
            (packet[36], packet[37]) = protocol == 17 ? ((byte)0, (byte)53) : ((byte)(8100 >> 8), (byte)(8100 & 0xff));
            packet[34] = protocol == 1 ? (byte)8 : packet[34];
            packet[47] = 2;
            if (protocol == 17)
            {
                (packet[38], packet[54], packet[55], packet[56], packet[57]) = (1, 3, (byte)'w', (byte)'w', (byte)'w');
            }

            yield return packet;
        }

        byte[] six = new byte[96];
        (six[12], six[13], six[20], six[21]) = (0x86, 0xdd, 58, 9);
        yield return six;
    }
}
