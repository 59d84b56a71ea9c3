using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux;

/// <summary>Network interfaces of this network namespace.</summary>
[SupportedOSPlatform("linux")]
internal static class NetworkInterfaces
{
    /// <summary>The number of an interface.</summary>
    /// <exception cref="KernelException">There is none of the name; the message lists those there are.</exception>
    internal static uint Index(string name, string program)
    {
        uint index = Libc.InterfaceIndex(name);
        return index != 0 ? index : throw KernelException.Missing("BPF5021", $"program '{program}'",
            $"there is no network interface '{name}' in this network namespace",
            "it has: " + string.Join(", ", System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name)));
    }
}
