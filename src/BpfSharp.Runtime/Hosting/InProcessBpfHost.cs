using BpfSharp.Hosting;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Adds the in-process host to <see cref="BpfHost"/>.</summary>
public static class InProcessBpfHost
{
    extension(BpfHost)
    {
        /// <summary>This process: programs run in the caller's threads, on any OS, without privileges.</summary>
        public static InProcessHost InProcess => InProcessHost.Instance;
    }
}
