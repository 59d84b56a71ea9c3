namespace BpfSharp.Verifier.Findings;

/// <summary>The verifier's finding ids: one per kind of mistake, with a heading each in <c>docs/errors.md</c>.</summary>
internal static class FindingIds
{
    /// <summary>Something this verifier does not model; the program is not judged.</summary>
    public const string NotModelled = "BPF2001";
    /// <summary>A limit of ours (time, memory) was reached; the program is not judged.</summary>
    public const string OwnLimit = "BPF2002";
    /// <summary>An access that is tested when it runs: only in process, and not a refusal.</summary>
    public const string RunsChecked = "BPF2003";
    /// <summary>An encoding that means nothing, or a field that must be 0.</summary>
    public const string Encoding = "BPF2010";
    /// <summary>Code no path reaches.</summary>
    public const string Unreachable = "BPF2011";
    /// <summary>A jump out of its function or into the middle of an instruction.</summary>
    public const string JumpRange = "BPF2012";
    /// <summary>A function that does not end in exit or a jump.</summary>
    public const string FallsOff = "BPF2013";
    /// <summary>Too many frames, or recursion.</summary>
    public const string CallDepth = "BPF2014";
    /// <summary>Too much stack over the frames of a call chain.</summary>
    public const string StackDepth = "BPF2015";
    /// <summary>A program of a size no kernel takes.</summary>
    public const string ProgramSize = "BPF2016";
    /// <summary>A register or stack byte read before it was written.</summary>
    public const string Uninitialised = "BPF2101";
    /// <summary>A pointer that may be null is dereferenced or passed.</summary>
    public const string MaybeNull = "BPF2102";
    /// <summary>A number is used as a pointer.</summary>
    public const string NotPointer = "BPF2103";
    /// <summary>Access outside a map's value.</summary>
    public const string MapBounds = "BPF2104";
    /// <summary>Access outside memory of known size.</summary>
    public const string MemoryBounds = "BPF2105";
    /// <summary>Access outside the proven part of a packet.</summary>
    public const string PacketBounds = "BPF2106";
    /// <summary>Access outside the stack, or of stack that cannot be read so.</summary>
    public const string StackBounds = "BPF2107";
    /// <summary>A context field that is not there, not so wide or not writable.</summary>
    public const string ContextAccess = "BPF2108";
    /// <summary>Arithmetic that would make a pointer meaningless.</summary>
    public const string PointerArithmetic = "BPF2109";
    /// <summary>Memory that may not be written.</summary>
    public const string ReadOnly = "BPF2110";
    /// <summary>An access that is not aligned where it must be.</summary>
    public const string Alignment = "BPF2111";
    /// <summary>A pointer is shown to somebody who may not see it.</summary>
    public const string PointerLeak = "BPF2112";
    /// <summary>A field of a kernel structure that is not there or not accessible.</summary>
    public const string BtfAccess = "BPF2113";
    /// <summary>A helper or kernel function that does not exist or is not for this program type.</summary>
    public const string CallNotAllowed = "BPF2201";
    /// <summary>An argument of the wrong kind.</summary>
    public const string Argument = "BPF2202";
    /// <summary>A helper of GPL-compatible programs only.</summary>
    public const string License = "BPF2203";
    /// <summary>A map that does not go with the helper or the program.</summary>
    public const string MapUse = "BPF2204";
    /// <summary>A call that may sleep where sleeping is not allowed.</summary>
    public const string Sleeps = "BPF2205";
    /// <summary>A reference that is not given back, or given back twice.</summary>
    public const string Reference = "BPF2301";
    /// <summary>A lock, RCU, preemption or interrupt section that is not balanced.</summary>
    public const string Section = "BPF2302";
    /// <summary>A return value outside what the hook allows.</summary>
    public const string ReturnValue = "BPF2303";
    /// <summary>A dynptr, iterator or list protocol that is not kept.</summary>
    public const string Protocol = "BPF2304";
    /// <summary>A timer, workqueue or kernel pointer field that is misused.</summary>
    public const string SpecialField = "BPF2305";
    /// <summary>A loop that makes no progress.</summary>
    public const string InfiniteLoop = "BPF2401";
    /// <summary>More instructions or branches than the kernel walks.</summary>
    public const string TooComplex = "BPF2402";
    /// <summary>Attach target, type or flags that do not go together.</summary>
    public const string Attach = "BPF2501";
}
