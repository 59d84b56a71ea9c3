namespace BpfSharp.Hooks;

/// <summary>What a kernel function demands and does.</summary>
[Flags]
public enum KfuncTraits : ushort
{
    /// <summary>Nothing of note.</summary>
    None = 0,
    /// <summary>The result is a reference the program must give back.</summary>
    Acquires = 1,
    /// <summary>An argument's reference is given back.</summary>
    Releases = 2,
    /// <summary>The result may be null.</summary>
    MayReturnNull = 4,
    /// <summary>Pointer arguments must be valid beyond doubt: referenced, or handed out by the hook.</summary>
    TrustedArguments = 8,
    /// <summary>As <see cref="TrustedArguments"/>, or protected by RCU.</summary>
    RcuArguments = 16,
    /// <summary>Only in an RCU section.</summary>
    NeedsRcu = 32,
    /// <summary>May sleep: only in sleepable programs, outside sections.</summary>
    MaySleep = 64,
    /// <summary>Needs CAP_SYS_BOOT.</summary>
    Destructive = 128,
    /// <summary>Begins an iteration.</summary>
    IteratorNew = 256,
    /// <summary>Takes an iteration's next element, or null at its end.</summary>
    IteratorNext = 512,
    /// <summary>Ends an iteration.</summary>
    IteratorDestroy = 1024,
}
