using System.Reflection.Emit;

namespace BpfSharp.Runtime.Jit;

/// <summary>Native code of a program. Whoever calls an entry keeps this object alive: the code is collected with it.</summary>
/// <param name="entries">By function: address of code with the uniform signature, 0 where the function is only called locally.</param>
/// <param name="methods">Its methods, which keep the code.</param>
internal sealed class CompiledProgram(nint[] entries, DynamicMethod[] methods)
{
    /// <summary>By function: its code's address, or 0.</summary>
    public nint[] Entries { get; } = entries;

    /// <summary>Its methods; code is collected with them.</summary>
    public DynamicMethod[] Methods { get; } = methods;
}
