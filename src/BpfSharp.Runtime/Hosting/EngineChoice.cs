namespace BpfSharp.Runtime.Hosting;

/// <summary>What runs programs in process.</summary>
public enum EngineChoice : byte
{
    /// <summary>The interpreter at once, native code as soon as it is compiled in the background.</summary>
    Tiered,
    /// <summary>The interpreter alone.</summary>
    Interpreter,
    /// <summary>Native code from the first run on: loading waits for the compiler. Refused where code cannot be made at run time.</summary>
    Jit,
}
