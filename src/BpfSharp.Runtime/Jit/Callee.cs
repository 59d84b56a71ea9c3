using System.Reflection.Emit;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

/// <summary>A function as those that call it see it.</summary>
internal sealed unsafe class Callee
{
    /// <summary>Its method.</summary>
    public required DynamicMethod Method { get; init; }

    /// <summary>Registers it takes.</summary>
    public required int Arguments { get; init; }

    /// <summary>Its instructions.</summary>
    public required Code* Code { get; init; }

    /// <summary>Its blocks.</summary>
    public required FunctionFlow Flow { get; init; }

    /// <summary>What is known in it.</summary>
    public required FunctionFacts Facts { get; init; }
}
