using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

/// <summary>One activation of a method that is being translated, inlined or not.</summary>
internal sealed class Frame(IlMethod method, IlBody body, Frame? caller)
{
    public IlMethod Method { get; } = method;

    public IlBody Body { get; } = body;

    public Frame? Caller { get; } = caller;

    /// <summary>Memory of each argument; <see langword="null"/> where it is bound.</summary>
    public Inst?[] ArgumentSlots { get; } = new Inst?[method.AllParameters.Length];

    /// <summary>Arguments known when compiling.</summary>
    public Entry?[] BoundArguments { get; } = new Entry?[method.AllParameters.Length];

    public Inst?[] LocalSlots { get; } = new Inst?[body.Locals.Length];

    public Entry?[] BoundLocals { get; } = new Entry?[body.Locals.Length];

    /// <summary>Where <c>ret</c> leads; <see langword="null"/> for a function that is not inlined.</summary>
    public Block? Continuation { get; set; }

    /// <summary>Memory of the result.</summary>
    public Inst? Result { get; set; }

    /// <summary>The result, when it is a thing known when compiling.</summary>
    public Entry? BoundResult { get; set; }

    /// <summary>Source place of the call, for code without line numbers.</summary>
    public int CallSource { get; set; } = -1;

    public int Depth => Caller is null ? 0 : Caller.Depth + 1;

    /// <summary>How often each local is assigned or has its address taken.</summary>
    public int[] LocalWrites { get; } = new int[body.Locals.Length];

    public int[] ArgumentWrites { get; } = new int[method.AllParameters.Length];
}
