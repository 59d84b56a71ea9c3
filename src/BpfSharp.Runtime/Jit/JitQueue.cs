using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Jit;

/// <summary>Compiles programs on one background thread, so that no run ever waits for the compiler.</summary>
internal static class JitQueue
{
    private static readonly BlockingCollection<RuntimeProgram> s_waiting = [];
    private static int s_started;

    /// <summary>Whether native code can be made here at all; not under NativeAOT.</summary>
    [FeatureGuard(typeof(RequiresDynamicCodeAttribute))]
    public static bool IsSupported => RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>Asks for a program to be compiled.</summary>
    public static void Add(RuntimeProgram program)
    {
        if (Interlocked.Exchange(ref s_started, 1) == 0)
        {
            new Thread(Work) { IsBackground = true, Name = "BpfSharp JIT", Priority = ThreadPriority.BelowNormal }.Start();
        }

        s_waiting.Add(program);
    }

    private static void Work()
    {
        foreach (RuntimeProgram program in s_waiting.GetConsumingEnumerable())
        {
            program.TryCompile();
        }
    }
}
