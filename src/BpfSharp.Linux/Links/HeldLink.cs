using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Links;

/// <summary>An attachment that is no descriptor: it lasts until undone.</summary>
/// <param name="point">Where.</param>
/// <param name="undo">Detaches; called once.</param>
/// <param name="update">Replaces the program; <see langword="null"/> if the kind cannot.</param>
[SupportedOSPlatform("linux")]
internal sealed class HeldLink(AttachPoint point, Action undo, Action<KernelProgram>? update = null) : KernelLink(point)
{
    private Action? _undo = undo;

    public override void Update(KernelProgram program)
    {
        if (update is null)
        {
            base.Update(program);
        }
        else
        {
            update(program);
        }
    }

    protected override void Dispose(bool disposing)
    {
        Disown();
        Interlocked.Exchange(ref _undo, null)?.Invoke();
    }
}
