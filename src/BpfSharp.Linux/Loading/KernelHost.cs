using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Loading;
using BpfSharp.Objects;

namespace BpfSharp.Linux;

/// <summary>The Linux kernel as a host of objects.</summary>
[SupportedOSPlatform("linux")]
public sealed class KernelHost : IBpfHost
{
    internal static KernelHost Instance { get; } = new();

    private KernelHost() { }

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    /// <exception cref="KernelException">The kernel refused a map, or lacks something the object needs.</exception>
    public LoadedObject Load(BpfObject source, LoadOptions? options = null) => LoadObject(source, options);

    /// <summary>Loads an object, all or nothing, with the members only the kernel host has.</summary>
    /// <param name="source">What to load.</param>
    /// <param name="options">How; <see cref="KernelLoadOptions"/> has the kernel's own choices.</param>
    /// <exception cref="Diagnostics.ProgramRejectedException">The kernel's verifier rejected a program.</exception>
    /// <exception cref="KernelException">The kernel refused a map, or lacks something the object needs.</exception>
    public KernelObject LoadObject(BpfObject source, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        using ObjectLoading loading = new(this, source, options ?? new KernelLoadOptions());
        return loading.Load();
    }
}
