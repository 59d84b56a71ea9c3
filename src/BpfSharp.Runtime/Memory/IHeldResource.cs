namespace BpfSharp.Runtime.Memory;

/// <summary>Owner of something a run can hold: a spin lock, a reserved ring record, a reference.</summary>
internal interface IHeldResource
{
    /// <summary>Gives it back because the run was stopped by a fault (a record is discarded, a lock unlocked).</summary>
    /// <param name="token">What <see cref="RunContext.Hold"/> was given.</param>
    void ReleaseAfterFault(nuint token);
}
