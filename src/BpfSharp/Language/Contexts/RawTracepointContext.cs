namespace BpfSharp.Language;

/// <summary>Context of raw tracepoints: the tracepoint's arguments, 8 bytes each.</summary>
[BpfContext("bpf_raw_tracepoint_args")]
public readonly ref struct RawTracepointContext : IBpfContext
{
    private readonly PlainContext? _plain;

    private RawTracepointContext(PlainContext plain) => _plain = plain;

    private PlainContext Plain => _plain ?? throw PlainHost.EmptyContext(nameof(RawTracepointContext));

    /// <summary>An argument.</summary>
    /// <param name="index">Which, from 0; a constant.</param>
    [BpfContextField(0, 8)]
    public ulong Argument(int index) => Plain.Field<ulong>(8 * index);

    /// <summary>A context for running a program as plain C#.</summary>
    /// <param name="arguments">The arguments; at most 12.</param>
    public static RawTracepointContext Create(params ReadOnlySpan<ulong> arguments)
    {
        PlainContext plain = new(96, []);
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(arguments).CopyTo(plain.Structure);
        return new RawTracepointContext(plain);
    }
}
