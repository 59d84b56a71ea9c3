using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Maps;

/// <summary>The contract in process.</summary>
public sealed class InProcessMapTests : MapContractTests
{
    protected override IBpfHost Host => BpfHost.InProcess;
}

/// <summary>The contract in the kernel: what proves the table right.</summary>
public sealed class KernelMapTests : MapContractTests
{
    protected override IBpfHost Host
    {
        get
        {
            KernelSupport.RequireBpf();
            return BpfHost.Kernel;
        }
    }
}
