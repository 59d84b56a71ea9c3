using BpfSharp.Objects;

namespace BpfSharp.Hosting;

/// <summary>A program that lives in a host.</summary>
public abstract class LoadedProgram
{
    /// <summary>What was loaded.</summary>
    public abstract ProgramSpec Spec { get; }

    /// <summary>Its name.</summary>
    public string Name => Spec.Name;

    /// <summary>Runs it once (or <see cref="RunInput.Repeat"/> times) on an input, without attaching it.</summary>
    /// <param name="input">Packet and context.</param>
    /// <returns>What it returned and left; a fault in process is part of the result, not an exception.</returns>
    public abstract RunResult Run(RunInput input);

    /// <summary>Runs it on a packet.</summary>
    /// <param name="packet">The packet's bytes, from the link layer on.</param>
    public RunResult Run(ReadOnlyMemory<byte> packet) => Run(new RunInput { Packet = packet });

    /// <summary>Attaches it to a hook.</summary>
    /// <param name="point">Where; a value that the host understands.</param>
    /// <exception cref="Diagnostics.BpfException">The host has no such hook, or it refused.</exception>
    public abstract Link Attach(AttachPoint point);
}
