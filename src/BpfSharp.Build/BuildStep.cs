using System.Reflection.PortableExecutable;
using BpfSharp.Compiler;
using BpfSharp.Diagnostics;
using BpfSharp.Language;
using BpfSharp.Objects;
using BpfSharp.Verifier;

namespace BpfSharp.Build;

/// <summary>Compiles, verifies and embeds the objects of one assembly.</summary>
internal static class BuildStep
{
    private const int Refused = 1;
    private const int Misused = 2;

    /// <summary>Does it all.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Where findings go.</param>
    /// <returns>0; 1 when findings are errors, which MSBuild reads from the lines written; 2 for misuse.</returns>
    public static int Run(string[] arguments, TextWriter output)
    {
        BuildOptions options;
        try
        {
            options = BuildOptions.Parse(arguments);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            output.WriteLine($"BpfSharp : error BPF4021: {error.Message}");
            return Misused;
        }

        try
        {
            if (!Build(options, output))
            {
                return Refused;
            }

            if (options.Stamp is not null)
            {
                File.WriteAllText(options.Stamp, "");
            }

            return 0;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or BadImageFormatException or UnauthorizedAccessException)
        {
            output.WriteLine($"{options.Project}: error BPF4022: the eBPF objects could not be embedded: {error.Message}");
            return Refused;
        }
    }

    private static bool Build(BuildOptions options, TextWriter output)
    {
        byte[] assembly = File.ReadAllBytes(options.Assembly);
        IReadOnlyList<string> classes;
        using (PEReader image = new([.. assembly]))
        {
            classes = ObjectClasses.Find(image);
        }

        if (classes.Count == 0)
        {
            return true;
        }

        bool good = true;
        List<KeyValuePair<string, byte[]>> objects = [];
        CompilerOptions compilation = new() { CpuLevel = options.Cpu, ReferenceDirectories = options.References };
        foreach (string name in classes)
        {
            CompilationResult result = BpfCompiler.TryCompile(options.Assembly, name, compilation);
            good &= Report(result.Findings, options, output);
            if (result.Object is not { } compiled)
            {
                good = false;
                continue;
            }

            if (options.Verify)
            {
                good &= Verify(compiled, options, output);
            }

            objects.Add(new(name, compiled.ToElf()));
        }

        if (!good)
        {
            return false;
        }

        if (options.Objects is not null)
        {
            Directory.CreateDirectory(options.Objects);
            foreach ((string name, byte[] file) in objects)
            {
                File.WriteAllBytes(Path.Combine(options.Objects, name.Replace('+', '.') + ".o"), file);
            }
        }

        File.WriteAllBytes(
            options.Assembly, AssemblyResource.Fill(assembly, EmbeddedObjects.ResourceName, EmbeddedObjects.Write(objects)));
        return true;
    }

    private static bool Verify(BpfObject compiled, BuildOptions options, TextWriter output)
    {
        bool good = true;
        foreach (ProgramSpec program in compiled.Programs)
        {
            VerificationResult result = ProgramVerifier.Verify(compiled, program);
            IEnumerable<Finding> findings = result.Verdict switch
            {
                Verdict.Rejected => result.Findings,
                // What this verifier cannot judge is no error: the kernel decides at load.
                Verdict.NotJudged => result.Findings.Select(f => f with { Severity = Severity.Info }),
                Verdict.Accepted => [],
                _ => [],
            };
            good &= Report(findings, options, output);
        }

        return good;
    }

    private static bool Report(IEnumerable<Finding> findings, BuildOptions options, TextWriter output)
    {
        bool good = true;
        foreach (Finding finding in findings)
        {
            good &= finding.Severity != Severity.Error;
            output.WriteLine(BuildMessages.Format(CSharpSteps.Apply(finding), options.Project));
        }

        return good;
    }
}
