using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Symbols;

namespace BpfSharp.Linux.Links;

/// <summary>Many kernel functions in one attachment (Linux 5.18; session: 6.10).</summary>
/// <remarks>Programs of section <c>kprobe.session</c> run at entry and return, and decide at entry whether at return.</remarks>
[SupportedOSPlatform("linux")]
public sealed record KprobeMulti : KernelAttachPoint
{
    private const uint FlagReturn = 1;

    /// <summary>Names of functions.</summary>
    public ImmutableArray<string> Functions { get; init; } = [];

    /// <summary>Or a pattern (<c>*</c> and <c>?</c>) over the functions that can be traced.</summary>
    public string? Pattern { get; init; }

    /// <summary>Whether at their return.</summary>
    public bool IsReturn { get; init; }

    /// <summary>A number per function that the program reads with <c>bpf_get_attach_cookie</c>; empty for none.</summary>
    public ImmutableArray<ulong> Cookies { get; init; } = [];

    internal override unsafe KernelLink AttachProgram(KernelProgram program)
    {
        IReadOnlyList<KernelSymbols.Symbol> found = Pattern is null ? [] : TraceableFunctions.Matching(Pattern);
        string[] names = Pattern is null ? [.. Functions] : [.. found.Select(f => f.Name)];
        if (names.Length == 0)
        {
            throw Absent(program, Pattern is null ? "no functions were named" : $"no traceable function matches '{Pattern}'");
        }

        if (!Cookies.IsEmpty && Cookies.Length != names.Length)
        {
            throw new ArgumentException($"{Cookies.Length} cookies for {names.Length} functions");
        }

        // A name may stand for several places, a place is itself.
        bool placed = found.Count > 0 && found.All(f => f.Address != 0);
        byte[][] bytes = [.. names.Select(name => Encoding.UTF8.GetBytes(name + '\0'))];
        byte[] all = [.. bytes.SelectMany(b => b)];
        ulong[] pointers = placed ? [.. found.Select(f => f.Address)] : new ulong[names.Length];
        fixed (byte* text = all)
        fixed (ulong* symbols = pointers)
        fixed (ulong* cookies = Cookies.AsSpan())
        {
            ulong at = (ulong)text;
            for (int i = 0; i < names.Length && !placed; i++)
            {
                pointers[i] = at;
                at += (ulong)bytes[i].Length;
            }

            bool session = program.Spec.AttachType == AttachType.TraceKprobeSession;
            LinkCreateAttr attr = new()
            {
                ProgFd = (uint)program.FileDescriptor,
                AttachType = (uint)(session ? AttachType.TraceKprobeSession : AttachType.TraceKprobeMulti),
                KprobeFlags = IsReturn ? FlagReturn : 0,
                KprobeCount = (uint)names.Length,
                KprobeSymbols = placed ? 0 : (ulong)symbols,
                KprobeAddresses = placed ? (ulong)symbols : 0,
                KprobeCookies = Cookies.IsEmpty ? 0 : (ulong)cookies,
            };
            return BpfLink.TryCreate(ref attr, this, out int errno) ?? throw Refused(program, "BPF_LINK_CREATE", errno, errno switch
            {
                Errno.Eopnotsupp => "this kernel has no fprobe (CONFIG_FPROBE, Linux 5.18): use Kprobe for each function",
                Errno.Einval => "the program must be loaded for kprobe.multi (expected attach type), on Linux 5.18 or newer",
                Errno.Esrch or Errno.Enoent => "one of the functions does not exist or cannot be traced",
                _ => null,
            });
        }
    }
}
