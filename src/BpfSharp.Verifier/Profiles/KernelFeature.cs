namespace BpfSharp.Verifier.Profiles;

/// <summary>Something a kernel's verifier or loader can do since some release: a row of <see cref="KernelFeatureTable"/>.</summary>
public enum KernelFeature : byte
{
    /// <summary>Functions of a program call one another.</summary>
    LocalCalls,
    /// <summary>Programs of up to a million instructions for a privileged loader (4,096 before).</summary>
    LargePrograms,
    /// <summary>Global variables (direct access to a map's value).</summary>
    GlobalData,
    /// <summary>Loops whose end the verifier sees.</summary>
    BoundedLoops,
    /// <summary>Global functions, verified on their own.</summary>
    GlobalFunctions,
    /// <summary>Typed pointers into kernel structures.</summary>
    BtfPointers,
    /// <summary>Link objects.</summary>
    Links,
    /// <summary>Sleepable programs.</summary>
    Sleepable,
    /// <summary>Tail calls in programs that call local functions.</summary>
    TailCallsWithLocalCalls,
    /// <summary>Atomic operations that give the old value back.</summary>
    AtomicFetch,
    /// <summary>Functions handed to helpers (for_each_map_elem).</summary>
    Callbacks,
    /// <summary>Calls of kernel functions.</summary>
    KernelFunctions,
    /// <summary>Timers in map values.</summary>
    Timers,
    /// <summary>The helper bpf_loop.</summary>
    LoopHelper,
    /// <summary>CO-RE relocations done by the kernel, typed tags.</summary>
    TypeTags,
    /// <summary>Kernel pointers in map values.</summary>
    Kptrs,
    /// <summary>Dynamic pointers.</summary>
    Dynptrs,
    /// <summary>Uninitialised stack may be read by a privileged loader.</summary>
    UninitialisedStackReads,
    /// <summary>"Equal" and "not equal" are decided by ranges, not by constants alone.</summary>
    EqualityByRange,
    /// <summary>Constants may be stored to the context without a register.</summary>
    ContextImmediateStores,
    /// <summary>A comparison of two unknown numbers bounds both.</summary>
    TwoRegisterBounds,
    /// <summary>A number and its copy on the stack stay linked.</summary>
    LinkedSpills,
    /// <summary>A number and its sum with a constant stay linked.</summary>
    LinkedSums,
    /// <summary>The same for negative constants, differences and sums in 32 bits.</summary>
    LinkedDifferences,
    /// <summary>Bind hooks may return flags beside 0 and 1.</summary>
    BindFlags,
    /// <summary>Iterators written as loops (bpf_iter_num and the like).</summary>
    OpenCodedIterators,
    /// <summary>The instructions of -mcpu=v4.</summary>
    CpuV4,
    /// <summary>Exceptions (bpf_throw).</summary>
    Exceptions,
    /// <summary>The instruction may_goto.</summary>
    MayGoto,
    /// <summary>Arenas.</summary>
    Arenas,
    /// <summary>Ranges of 32-bit halves that follow from the whole, and back, without limits (return ranges of LSM hooks checked).</summary>
    LsmReturnRanges,
    /// <summary>Packet pointers survive calls of global functions that change no packet.</summary>
    PacketEffectsOfGlobalFunctions,
    /// <summary>Load-acquire and store-release.</summary>
    AcquireRelease,
    /// <summary>A lookup with a constant key inside an array never gives null.</summary>
    ConstantKeyLookups,
    /// <summary>The known bits of a number are known after a byte swap too.</summary>
    KnownByteSwaps,
    /// <summary>Where a guess of the processor would do something forbidden, a barrier keeps it out (a refusal before).</summary>
    SpeculationBarriers,
}
