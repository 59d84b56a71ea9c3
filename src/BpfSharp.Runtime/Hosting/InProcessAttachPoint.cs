using BpfSharp.Hosting;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A hook of this process (a packet replay, a user's own hook): it attaches programs itself.</summary>
public abstract record InProcessAttachPoint : AttachPoint
{
    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program loaded in process.</param>
    /// <returns>The attachment.</returns>
    protected internal abstract Link Attach(InProcessProgram program);
}
