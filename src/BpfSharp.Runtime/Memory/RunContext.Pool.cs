using System.Collections.Concurrent;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Memory;

internal sealed unsafe partial class RunContext
{
    private static readonly ConcurrentBag<RunContext> s_pool = [];

    [ThreadStatic]
    private static RunContext? t_idle;

    [ThreadStatic]
    private static int t_nesting;

    [ThreadStatic]
    private static int t_lastCpu;

    /// <summary>The run that leased this one's CPU slot, when every slot was taken and a nested run had to share.</summary>
    private bool _sharesCpu;

    /// <summary>Takes a context for a run of an object's program; give it back with <see cref="Return"/> in a <c>finally</c>.</summary>
    /// <remarks>
    /// Publishes that the object is running before anything of it is touched: an object disposed meanwhile is freed when its
    /// last run ends (<see cref="RuntimeObject.TryEnter"/>).
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public static RunContext Lease(RuntimeObject owner)
    {
        RunContext run = t_idle ?? Create();
        t_idle = null;
        int cpu = CpuSlots.Take(t_lastCpu, nested: t_nesting > 0);
        run._sharesCpu = cpu < 0;
        run.Cpu = cpu < 0 ? t_lastCpu : cpu;
        t_lastCpu = run.Cpu;
        t_nesting++;
        if (!owner.TryEnter(run))
        {
            // What was published must be taken back, or nothing is freed any more.
            owner.Leave(run);
            Return(run);
            throw new ObjectDisposedException(owner.Name, "the object was disposed");
        }

        run.Object = owner;
        return run;
    }

    /// <summary>Gives a context back; everything it still holds is released.</summary>
    public static void Return(RunContext run)
    {
        run.ReleaseHeld();
        run._regions.Clear();
        run.Data = run.DataEnd = run.DataMeta = run.PacketBuffer = run.PacketBufferEnd = null;
        run.HookState = null;
        run.ForgetHelpers();
        run.Frame = run.StackBase;
        run.TailCalls = 0;
        run.Ip = null;
        run.Object?.Leave(run);
        run.Object = null!;
        run.Program = null!;
        if (!run._sharesCpu)
        {
            CpuSlots.Return(run.Cpu);
        }

        t_nesting--;
        if (t_idle is null)
        {
            t_idle = run;
        }
        else
        {
            s_pool.Add(run);
        }
    }

    private static RunContext Create()
    {
        if (!s_pool.TryTake(out RunContext? run))
        {
            run = new RunContext();
            RunEpochs.Register(run);
        }

        return run;
    }
}
