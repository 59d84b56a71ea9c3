using BpfSharp.Diagnostics;

namespace BpfSharp.Build;

/// <summary>Next steps of findings in the words of C#, where the verifier's own speak of C or of instructions.</summary>
internal static class CSharpSteps
{
    private static readonly (string Id, string Step)[] s_rows =
    [
        ("BPF2102", "ask first: use the value only where 'out bool found' (or the Try method) says that there is one"),
        ("BPF2103", "if it stands for something sought, use it only where 'out bool found' (or the Try method) says that it is there; kernel memory is read through types with [BtfType]"),
        ("BPF2106", "read with packet.TryRead or Take and ask whether it succeeded; references end where a helper changes the packet: take them again"),
        ("BPF2203", "declare a GPL-compatible licence: [BpfObject(License = \"GPL\")] or \"Dual MIT/GPL\""),
        ("BPF2301", "give it back on every path, also before each early return: Submit() or Discard() of a record, Dispose() or 'using' of what was acquired"),
        ("BPF2302", "write 'using (BpfSpinLock.Enter(ref value.Lock)) { ... }' and return behind it"),
        ("BPF2401", "bound the loop: 'for (int i = 0; i < 256; i++)', 'foreach (uint i in Bpf.Range(count))', Bpf.Loop, or '&& Bpf.MayContinue()'"),
        ("BPF2402", "bound loops tighter, use Bpf.Loop or 'foreach (uint i in Bpf.Range(count))', or move a part to a method marked [MethodImpl(MethodImplOptions.NoInlining)]"),
    ];

    /// <summary>The finding with its next step in C#.</summary>
    public static Finding Apply(Finding finding)
    {
        string? step = Array.Find(s_rows, row => row.Id == finding.Id).Step;
        return step is null ? finding : finding with { Suggestion = step };
    }
}
