using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Ring buffers in both directions. A reserved record is held by the run, and discarded if a fault stops it.</summary>
internal static unsafe class RingHelpers
{
    private const ulong NoWakeup = 1;
    private const ulong ForceWakeup = 2;
    private const uint MaxDrained = 128 * 1024;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(130, "ringbuf_output", Output),
        new(131, "ringbuf_reserve", Reserve),
        new(132, "ringbuf_submit", Submit),
        new(133, "ringbuf_discard", Discard),
        new(134, "ringbuf_query", Query),
        new(198, "ringbuf_reserve_dynptr", ReserveDynptr),
        new(199, "ringbuf_submit_dynptr", SubmitDynptr),
        new(200, "ringbuf_discard_dynptr", DiscardDynptr),
        new(209, "user_ringbuf_drain", Drain),
    ];

    private static RingBufferMap Ring(RunContext run, ulong handle)
    {
        if (run.Map(handle) is RingBufferMap map)
        {
            return map;
        }

        run.Stop(FaultKind.BadArgument, "the map is no ring buffer");
        return null!;
    }

    private static ulong Output(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RingBufferMap map = Ring(run, r1);
        if ((r4 & ~(NoWakeup | ForceWakeup)) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        byte* record = map.Ring.Reserve(r3, run.Cpu);
        if (record is null)
        {
            return Answer.Of(-Errno.Eagain);
        }

        Buffer.MemoryCopy((void*)r2, record, r3, r3);
        map.Ring.Commit(record, discard: false, (r4 & NoWakeup) == 0);
        return 0;
    }

    private static ulong Reserve(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RingBufferMap map = Ring(run, r1);
        return r3 != 0 ? 0 : (ulong)Reserve(run, map, r2);
    }

    private static byte* Reserve(RunContext run, RingBufferMap map, ulong bytes)
    {
        byte* record = map.Ring.Reserve(bytes, run.Cpu);
        if (record is not null)
        {
            run.Hold(map, (nuint)record);
            if (run.IsChecked)
            {
                run.AddRegion(record, (nuint)bytes);
            }
        }

        return record;
    }

    private static ulong Submit(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        End(run, r1, discard: false, r2);
        return 0;
    }

    private static ulong Discard(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        End(run, r1, discard: true, r2);
        return 0;
    }

    private static void End(RunContext run, ulong record, bool discard, ulong flags)
    {
        if (run.HolderOf((nuint)record) is not RingBufferMap map || !run.Release(map, (nuint)record))
        {
            run.Stop(FaultKind.BadArgument, $"0x{record:x} is not a ring record that this run has reserved");
            return;
        }

        if (run.IsChecked)
        {
            run.RemoveRegion((void*)record);
        }

        map.Ring.Commit((byte*)record, discard, (flags & NoWakeup) == 0);
    }

    private static ulong Query(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RecordRing ring = Ring(run, r1).Ring;
        return r2 switch
        {
            0 => ring.Producer - ring.Consumer,
            1 => ring.Size,
            2 => ring.Consumer,
            3 => ring.Producer,
            _ => 0,
        };
    }

    private static ulong ReserveDynptr(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Dynptr* pointer = (Dynptr*)r4;
        RingBufferMap map = Ring(run, r1);
        *pointer = default;
        if (r3 != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        uint bytes = (uint)r2;
        if (bytes > Dynptr.MaxSize)
        {
            return Answer.Of(-Errno.E2Big);
        }

        byte* record = Reserve(run, map, bytes);
        if (record is null)
        {
            return Answer.Of(-Errno.Einval);
        }

        *pointer = Dynptr.Of(record, bytes, DynptrKind.Ring, isReadOnly: false);
        return 0;
    }

    private static ulong SubmitDynptr(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        EndDynptr(run, (Dynptr*)r1, discard: false, r2);
        return 0;
    }

    private static ulong DiscardDynptr(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        EndDynptr(run, (Dynptr*)r1, discard: true, r2);
        return 0;
    }

    private static void EndDynptr(RunContext run, Dynptr* pointer, bool discard, ulong flags)
    {
        if (pointer->Data is not null)
        {
            End(run, (ulong)pointer->Data, discard, flags);
            *pointer = default;
        }
    }

    private static ulong Drain(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (run.Map(r1) is not UserRingBufferMap map || (r4 & ~(NoWakeup | ForceWakeup)) != 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        if (!map.TryBeginDrain())
        {
            return Answer.Of(-Errno.Ebusy);
        }

        Dynptr pointer;
        ulong drained = 0;
        run.AddRegion(&pointer, (nuint)sizeof(Dynptr));
        try
        {
            while (drained < MaxDrained
                && map.Ring.TryPeek(map.Ring.Consumer, out byte* record, out uint length, out ulong next))
            {
                run.Burn(1);
                ulong stop = 0;
                if ((length & RecordRing.DiscardBit) == 0)
                {
                    pointer = Dynptr.Of(record, length, DynptrKind.Local, isReadOnly: true);
                    drained++;
                    stop = run.Call(r2, (ulong)&pointer, r3);
                }

                map.Ring.Consume(next);
                if (stop != 0)
                {
                    break;
                }
            }
        }
        finally
        {
            run.RemoveRegion(&pointer);
            map.EndDrain();
        }

        return drained;
    }
}
