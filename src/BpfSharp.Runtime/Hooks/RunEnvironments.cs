using BpfSharp.Hooks;

namespace BpfSharp.Runtime.Hooks;

/// <summary>The environment of each program type; types not listed run on plain memory.</summary>
internal static class RunEnvironments
{
    private static readonly PlainMemory s_plain = new();

    private static readonly Dictionary<ProgramType, RunEnvironment> s_byType = [];

    /// <summary>The environment of a type.</summary>
    public static RunEnvironment For(ProgramType type) => s_byType.GetValueOrDefault(type, s_plain);
}
