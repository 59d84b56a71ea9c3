using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.Objects.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Analyzers;

/// <summary>
/// Generates a typed class for each eBPF object of the project (item <c>BpfObject</c>), by the same code as <c>bpfsharp gen csharp</c>.
/// </summary>
[Generator]
public sealed class ObjectGenerator : IIncrementalGenerator
{
    private const string Metadata = "build_metadata.AdditionalFiles.BpfSharp";

    private static readonly DiagnosticDescriptor s_unreadable = new(
        "BPF4023", "eBPF object", "no class can be generated for the eBPF object {0}: {1}", "BpfSharp", DiagnosticSeverity.Error, true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<Request> requests = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, _) => Request.Of(pair.Left, pair.Right))
            .Where(static request => request is not null)!;
        context.RegisterSourceOutput(requests, static (output, request) =>
        {
            (string? text, string? problem) = Write(request);
            if (text is not null)
            {
                output.AddSource($"{request.ClassName}.{request.Mark}.g.cs", SourceText.From(text, Encoding.UTF8));
            }
            else
            {
                output.ReportDiagnostic(Diagnostic.Create(
                    s_unreadable, Location.Create(request.Path, default, default), Path.GetFileName(request.Path), problem));
            }
        });
    }

    private static (string? Text, string? Problem) Write(Request request)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(request.Path);
            return (ObjectAccessorText.Write(new ObjectReader(bytes, Path.GetFileNameWithoutExtension(request.Path)).Read(), new ObjectAccessorOptions
            {
                ClassName = request.ClassName,
                Namespace = request.Namespace,
                IsPublic = request.IsPublic,
                Types = request.Types.Split((char[])[',', ';', ' '], StringSplitOptions.RemoveEmptyEntries),
                Resource = request.Resource,
            }), null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or BpfException or ArgumentException)
        {
            return (null, problem.Message.Replace('\r', ' ').Replace('\n', ' '));
        }
    }

    // What the item says. The time of the file's last change makes a rebuilt object another request.
    private sealed record Request(
        string Path, long Changed, string Resource, string ClassName, string Namespace, bool IsPublic, string Types)
    {
        // Files of one name may lie in several folders: FNV-1a of the resource's name tells them apart, the same in every process.
        public string Mark => Resource.Aggregate(2166136261u, static (hash, c) => (hash ^ c) * 16777619).ToString("x8", null);

        public static Request? Of(AdditionalText file, AnalyzerConfigOptionsProvider options)
        {
            AnalyzerConfigOptions own = options.GetOptions(file);
            if (!own.TryGetValue(Metadata + "Resource", out string? resource) || resource.Length == 0)
            {
                return null;
            }

            string Value(string name) => own.TryGetValue(Metadata + name, out string? value) ? value : "";
            string className = Value("ClassName");
            string ns = Value("Namespace");
            if (ns.Length == 0 && options.GlobalOptions.TryGetValue("build_property.RootNamespace", out string? root))
            {
                ns = root;
            }

            string name = System.IO.Path.GetFileName(file.Path);
            return new(file.Path, File.GetLastWriteTimeUtc(file.Path).Ticks, resource,
                className.Length > 0 ? className : AccessorNames.ClassName(name), ns,
                string.Equals(Value("Public"), "true", StringComparison.OrdinalIgnoreCase), Value("Types"));
        }
    }
}
