using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>Programs without packet: r1 points to a copy of the caller's memory, r2 is its length.</summary>
internal sealed class PlainMemory : RunEnvironment
{
    /// <inheritdoc/>
    public override ContextShape Shape => ContextShape.Plain;

    /// <inheritdoc/>
    public override ulong Prepare(RunContext run, RunInput input)
    {
        ReadOnlySpan<byte> memory = input.Context.IsEmpty ? input.Packet.Span : input.Context.Span;
        run.Shape = ContextShape.Plain;
        memory.CopyTo(run.SizeContext(memory.Length));
        return (ulong)memory.Length;
    }

    /// <inheritdoc/>
    public override unsafe RunResult Collect(RunContext run, RunInput input, ulong returnValue)
    {
        byte[] memory = new ReadOnlySpan<byte>(run.Context, run.ContextBytes).ToArray();
        return new RunResult
        {
            ReturnValue = returnValue,
            Packet = input.Context.IsEmpty ? memory : default(ReadOnlyMemory<byte>),
            Context = input.Context.IsEmpty ? default(ReadOnlyMemory<byte>) : memory,
            Printed = run.Printed,
        };
    }
}
