using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

#pragma warning disable IDE0010, IDE0072 // a handful of types have such targets; all others have none

namespace BpfSharp.Linux.Loading;

/// <summary>What a program is loaded for, as the kernel names it: a type in its BTF, a module's, or another program's.</summary>
/// <param name="TypeId">The function or typedef; 0 if the program has no such target.</param>
/// <param name="Owner">Module or program whose types those are; <see langword="null"/> for the kernel.</param>
[SupportedOSPlatform("linux")]
internal sealed record AttachTargets(uint TypeId, BpfHandle? Owner) : IDisposable
{
    private static readonly AttachTargets s_none = new(0, null);

    /// <summary>Finds the target of a program.</summary>
    /// <exception cref="KernelException">It does not exist.</exception>
    internal static AttachTargets Find(ProgramSpec program, KernelLoadOptions options)
    {
        (string prefix, BtfKind kind)? place = Place(program);
        if (place is null)
        {
            return s_none;
        }

        string subject = $"program '{program.Name}'";
        string target = program.AttachTarget ?? "";
        if (target.Length == 0)
        {
            throw KernelException.Missing("BPF5005", subject, $"a program of type {program.Type} is loaded for one function or tracepoint, and none is named",
                "set ProgramSpec.AttachTarget before load");
        }

        if (options.AttachPrograms.TryGetValue(program.Name, out KernelProgram? other))
        {
            BtfFile types = ProgramTypes.Of(other) ?? throw KernelException.Missing("BPF5005", subject,
                $"the program '{other.Name}' it attaches to has no types", "load that program with BTF");
            int function = types.Find(target, BtfKind.Function);
            return function > 0
                ? new AttachTargets((uint)function, other.Handle.Duplicate())
                : throw KernelException.Missing("BPF5005", subject, $"the program '{other.Name}' has no function '{target}'");
        }

        if (program.Type == ProgramType.Extension)
        {
            throw KernelException.Missing("BPF5005", subject, "freplace needs the program whose function it replaces",
                "name it in KernelLoadOptions.AttachPrograms");
        }

        _ = KernelTypes.Require(subject);
        string module = "";
        int colon = target.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            (module, target) = (target[..(colon + 1)], target[(colon + 1)..]);
        }

        (int id, string? found) = KernelTypes.Find(module + place.Value.prefix + target, place.Value.kind);
        return id > 0
            ? new AttachTargets((uint)id, found is null ? null : KernelTypes.OpenModule(found))
            : throw KernelException.Missing("BPF5005", subject, $"the running kernel has no {Describe(program)} '{module}{target}'",
                "the name may differ between kernels; set ProgramSpec.AttachTarget, or turn AutoLoad off");
    }

    public void Dispose() => Owner?.Dispose();

    private static (string, BtfKind)? Place(ProgramSpec program) => program.Type switch
    {
        ProgramType.Tracing => program.AttachType switch
        {
            AttachType.TraceRawTp => ("btf_trace_", BtfKind.Typedef),
            AttachType.TraceIter => ("bpf_iter_", BtfKind.Function),
            _ => ("", BtfKind.Function),
        },
        ProgramType.Lsm => ("bpf_lsm_", BtfKind.Function),
        ProgramType.Extension => ("", BtfKind.Function),
        _ => null,
    };

    private static string Describe(ProgramSpec program) => program.AttachType switch
    {
        AttachType.TraceRawTp => "tracepoint",
        AttachType.TraceIter => "iterator over",
        AttachType.LsmMac or AttachType.LsmCgroup => "security hook",
        _ => "function",
    };
}
