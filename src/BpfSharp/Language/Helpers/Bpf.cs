namespace BpfSharp.Language;

/// <summary>The kernel's helpers, as methods. Run as plain C#, each does what it can in this process, or says that it cannot.</summary>
public static unsafe partial class Bpf
{
}
