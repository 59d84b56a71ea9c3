using System.Diagnostics.CodeAnalysis;

namespace BpfSharp.Runtime.Faults;

/// <summary>An exception of the program itself (<c>bpf_throw</c>): unwinds to where its program was entered.</summary>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "Never leaves the runtime.")]
internal sealed class ProgramThrow(ulong cookie) : Exception
{
    /// <summary>What the program threw: its result, or the argument of its exception callback.</summary>
    public ulong Cookie { get; } = cookie;
}
