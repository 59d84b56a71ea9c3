namespace BpfSharp.Hosting;

/// <summary>The hosts there are; each host's library adds its own member (<c>BpfHost.Kernel</c>, <c>BpfHost.InProcess</c>).</summary>
public static class BpfHost
{
}
