using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>Where among the programs of a hook a new one goes. Without any, it goes last.</summary>
[SupportedOSPlatform("linux")]
public sealed record LinkOrder
{
    private const uint FlagBefore = 1u << 3;
    private const uint FlagAfter = 1u << 4;
    private const uint FlagId = 1u << 5;
    private const uint FlagLink = 1u << 13;

    private readonly uint _flags;
    private readonly object? _other;

    private LinkOrder(uint flags, object? other)
    {
        _flags = flags;
        _other = other;
    }

    /// <summary>Before all others.</summary>
    public static LinkOrder First { get; } = new(FlagBefore, null);

    /// <summary>After all others.</summary>
    public static LinkOrder Last { get; } = new(FlagAfter, null);

    /// <summary>Just before a program of the hook.</summary>
    /// <param name="program">It, attached there.</param>
    public static LinkOrder Before(KernelProgram program) => new(FlagBefore, program);

    /// <summary>Just after a program of the hook.</summary>
    /// <param name="program">It, attached there.</param>
    public static LinkOrder After(KernelProgram program) => new(FlagAfter, program);

    /// <summary>Just before a link of the hook.</summary>
    /// <param name="link">It, a BPF link.</param>
    public static LinkOrder Before(KernelLink link) => new(FlagBefore | FlagLink, Checked(link));

    /// <summary>Just after a link of the hook.</summary>
    /// <param name="link">It, a BPF link.</param>
    public static LinkOrder After(KernelLink link) => new(FlagAfter | FlagLink, Checked(link));

    /// <summary>Just before the program with an id.</summary>
    /// <param name="programId">Its id.</param>
    public static LinkOrder BeforeProgram(uint programId) => new(FlagBefore | FlagId, programId);

    /// <summary>Just after the program with an id.</summary>
    /// <param name="programId">Its id.</param>
    public static LinkOrder AfterProgram(uint programId) => new(FlagAfter | FlagId, programId);

    internal uint Flags => _flags;

    /// <summary>Descriptor or id the flags speak of; 0 for the ends.</summary>
    internal uint Relative => _other switch
    {
        KernelProgram program => (uint)program.FileDescriptor,
        BpfLink link => (uint)link.Fd,
        uint id => id,
        _ => 0,
    };

    internal static void Apply(LinkOrder? order, ref LinkCreateAttr attr, ulong revision)
    {
        attr.ExpectedRevision = revision;
        if (order is not null)
        {
            attr.Flags |= order.Flags;
            attr.RelativeFd = order.Relative;
        }
    }

    private static KernelLink Checked(KernelLink link) => link.IsBpfLink
        ? link
        : throw new ArgumentException("only a BPF link can be named; name its program instead", nameof(link));
}
