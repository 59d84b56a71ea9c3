namespace BpfSharp.Runtime.Helpers;

/// <summary>What checked mode demands of an argument before a helper's body runs: bodies then use it without looking.</summary>
internal enum HelperArgument : byte
{
    /// <summary>Not used, or any number.</summary>
    Anything,
    /// <summary>A map of the object.</summary>
    Map,
    /// <summary>Readable memory of the map's key size (the map is the first argument).</summary>
    MapKey,
    /// <summary>Readable memory of the map's value size.</summary>
    MapValue,
    /// <summary>Writable memory of the map's value size.</summary>
    MapValueOut,
    /// <summary>Readable memory whose size is the next argument.</summary>
    Memory,
    /// <summary>Readable memory whose size is the next argument, or null with size 0.</summary>
    MemoryOrNull,
    /// <summary>Writable memory whose size is the next argument.</summary>
    MemoryOut,
    /// <summary>Size of the memory argument before it: at most 2^29 - 1, as in the kernel.</summary>
    Size,
    /// <summary>The program's context.</summary>
    Context,
    /// <summary>A function of the program.</summary>
    Function,
    /// <summary>Writable memory of 4 bytes (a spin lock, a 32-bit result).</summary>
    Out4,
    /// <summary>Writable memory of 8 bytes (a 64-bit result).</summary>
    Out8,
    /// <summary>Writable memory of 16 bytes (a timer, a dynamic pointer).</summary>
    Out16,
    /// <summary>A NUL-terminated string of at most 4,096 bytes.</summary>
    Text,
}
