using System.Runtime.Versioning;
using BpfSharp.Hosting;

namespace BpfSharp.Linux;

/// <summary>Adds the Linux kernel to the hosts: <c>BpfHost.Kernel</c>.</summary>
[SupportedOSPlatform("linux")]
public static class KernelBpfHost
{
    extension(BpfHost)
    {
        /// <summary>The Linux kernel of this machine.</summary>
        public static KernelHost Kernel => KernelHost.Instance;
    }
}
