using BpfSharp.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hooks;

/// <summary>Programs whose context holds numbers only (tracepoints, probes, perf events): the caller's bytes, then zeros.</summary>
/// <param name="bytes">How far a verified program of the type may read its context.</param>
internal sealed class ScalarContext(int bytes) : RunEnvironment
{
    /// <inheritdoc/>
    public override ContextShape Shape => ContextShape.Plain;

    /// <inheritdoc/>
    public override bool SuitsUncheckedRuns => true;

    /// <inheritdoc/>
    public override ulong Prepare(RunContext run, RunInput input)
    {
        // The verifier proved accesses up to the type's limit, not up to what the caller happened to give.
        run.Shape = ContextShape.Plain;
        Span<byte> context = run.SizeContext(Math.Max(bytes, input.Context.Length));
        input.Context.Span.CopyTo(context);
        context[input.Context.Length..].Clear();
        return 0;
    }

    /// <inheritdoc/>
    public override unsafe RunResult Collect(RunContext run, RunInput input, ulong returnValue) => new()
    {
        ReturnValue = returnValue,
        Context = new ReadOnlySpan<byte>(run.Context, input.Context.Length).ToArray(),
        Printed = run.Printed,
    };
}
