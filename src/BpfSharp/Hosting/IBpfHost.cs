using BpfSharp.Objects;

namespace BpfSharp.Hosting;

/// <summary>A place where objects run: the Linux kernel, or this process.</summary>
public interface IBpfHost
{
    /// <summary>Short name for messages: <c>kernel</c> or <c>in-process</c>.</summary>
    string Name { get; }

    /// <summary>Loads an object, all or nothing: if anything is refused, nothing stays behind.</summary>
    /// <param name="source">What to load; not changed, and free to be loaded again.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="Diagnostics.ProgramRejectedException">A program was rejected.</exception>
    /// <exception cref="Diagnostics.BpfException">Anything else was refused.</exception>
    LoadedObject Load(BpfObject source, LoadOptions? options = null);
}
