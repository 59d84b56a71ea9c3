using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Verifier.Findings;

/// <summary>What each finding id stands for: its heading in <c>docs/errors.md</c>, and the next step where the finding has none of its own.</summary>
internal static class FindingCatalog
{
    private static readonly (string Id, string Title, string NextStep)[] s_rows =
    [
        (FindingIds.NotModelled,       "Not judged: something this verifier does not model", "load it in a kernel, whose log says more"),
        (FindingIds.OwnLimit,          "Not judged: a limit of ours was reached",  "raise the limit in the options, or split the program"),
        (FindingIds.RunsChecked,       "Accepted, but tested when it runs",       "prove it to the verifier and it costs nothing"),
        (FindingIds.Encoding,          "An instruction that means nothing",        "let the assembler or compiler encode the instruction"),
        (FindingIds.Unreachable,       "Code that no path reaches",                "remove it, or the jump that skips it"),
        (FindingIds.JumpRange,         "A jump to nowhere",                        "jump to an instruction of the same function"),
        (FindingIds.FallsOff,          "A function without an end",                "end the function with exit or a jump"),
        (FindingIds.CallDepth,         "Calls too deep, or recursion",             "call fewer functions inside one another (8 frames are allowed)"),
        (FindingIds.StackDepth,        "Too much stack",                           "move large variables to a per-CPU array map (512 bytes of stack are allowed)"),
        (FindingIds.ProgramSize,       "Too many instructions",                    "split the program and use tail calls"),
        (FindingIds.Uninitialised,     "Read before it was written",               "write it on every path before it is read"),
        (FindingIds.MaybeNull,         "A pointer that may be null",               "compare it with null, and use it only where it is not"),
        (FindingIds.NotPointer,        "A number used as a pointer",               "keep pointers in 64-bit registers and whole stack slots; load through what a helper or the context gave"),
        (FindingIds.MapBounds,         "Outside a map's value",                    "compare the index (unsigned) with the size, or mask it, before the access"),
        (FindingIds.MemoryBounds,      "Outside a piece of memory",                "compare the offset (unsigned) with the size before the access"),
        (FindingIds.PacketBounds,      "Outside the checked part of a packet",     "before the access: if (data + size > data_end) return"),
        (FindingIds.StackBounds,       "Outside the stack",                        "stay inside the frame, aligned, with bounded offsets"),
        (FindingIds.ContextAccess,     "A context field that is not there",        "use the fields this hook has, whole, at a constant offset of the context"),
        (FindingIds.PointerArithmetic, "Arithmetic a pointer does not survive",    "add only bounded numbers to pointers, in 64 bits"),
        (FindingIds.ReadOnly,          "Memory that may not be written",           "write to the stack, a map or other writable memory"),
        (FindingIds.Alignment,         "An access that is not aligned",            "access at a multiple of the width, or byte by byte"),
        (FindingIds.PointerLeak,       "A kernel address would leak",              "keep addresses out of maps, packets and results, or load with CAP_PERFMON"),
        (FindingIds.BtfAccess,         "A kernel structure's field that is not there", "use the structure's own fields (CO-RE finds them on each kernel)"),
        (FindingIds.CallNotAllowed,    "A call this program may not make",         "use another function, or a program type that may call it"),
        (FindingIds.Argument,          "An argument of the wrong kind",            "pass what the parameter asks for"),
        (FindingIds.License,           "A function for GPL programs only",         "declare a GPL-compatible licence"),
        (FindingIds.MapUse,            "A map that does not go with the call",     "use a map of a type the function takes"),
        (FindingIds.Sleeps,            "A call that may sleep where nothing may",  "make the program sleepable, or call it outside the section"),
        (FindingIds.Reference,         "A reference not given back",               "release it on every path, exactly once"),
        (FindingIds.Section,           "A lock or section not balanced",           "end it on every path, in the function that began it"),
        (FindingIds.ReturnValue,       "A result the hook does not allow",         "return a value inside the range"),
        (FindingIds.Protocol,          "Functions called in the wrong order",      "make, use and end the object with its own functions, in that order"),
        (FindingIds.SpecialField,      "A lock, timer or kernel pointer field misused", "pass the field's own address to its functions, and nothing else"),
        (FindingIds.InfiniteLoop,      "A loop that makes no progress",            "change the loop's variable on every round, or use bpf_loop"),
        (FindingIds.TooComplex,        "Too much to walk",                         "bound loops tighter, split the program, or use bpf_loop"),
        (FindingIds.Attach,            "Attach target and program do not fit",     "name a target this program type attaches to"),
        (Profiles.KernelRequirements.KernelTooOld, "The target kernel is too old", "load it on a later kernel, or do without"),
    ];

    /// <summary>All ids with their headings.</summary>
    internal static ImmutableArray<(string Id, string Title, string NextStep)> All => ImmutableCollectionsMarshal.AsImmutableArray(s_rows);

    /// <summary>The next step for a kind of mistake, or <see langword="null"/> if the id is not one of ours.</summary>
    internal static string? FindNextStep(string id) => Array.Find(s_rows, row => row.Id == id).NextStep;
}
