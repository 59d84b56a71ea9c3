using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Helpers on maps: elements, queues, walks, storage.</summary>
internal static unsafe class MapHelpers
{
    private const ulong CreateFlag = 1;

    /// <summary>Most bytes of a key of any kind of map.</summary>
    private const int MaxKeyBytes = 512;

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(1, "map_lookup_elem", Lookup),
        new(2, "map_update_elem", Update),
        new(3, "map_delete_elem", Delete),
        new(81, "get_local_storage", LocalStorage),
        new(87, "map_push_elem", Push),
        new(88, "map_pop_elem", Pop),
        new(89, "map_peek_elem", Peek),
        new(107, "sk_storage_get", StorageGet),
        new(108, "sk_storage_delete", StorageDelete),
        new(145, "inode_storage_get", StorageGet),
        new(146, "inode_storage_delete", StorageDelete),
        new(156, "task_storage_get", StorageGet),
        new(157, "task_storage_delete", StorageDelete),
        new(164, "for_each_map_elem", ForEach),
        new(194, "kptr_xchg", ExchangePointer),
        new(195, "map_lookup_percpu_elem", LookupPerCpu),
        new(210, "cgrp_storage_get", StorageGet),
        new(211, "cgrp_storage_delete", StorageDelete),
    ];

    private static ulong Lookup(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (ulong)run.Map(r1).LookupElement((byte*)r2, run.Cpu);

    private static ulong LookupPerCpu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (ulong)run.Map(r1).LookupElementOf((byte*)r2, (int)Math.Min((uint)r3, int.MaxValue));

    private static ulong Update(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        return Writable(run, map) ? (ulong)map.UpdateElement((byte*)r2, (byte*)r3, r4, run.Cpu) : 0;
    }

    private static ulong Delete(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        return Writable(run, map) ? (ulong)map.DeleteElement((byte*)r2) : 0;
    }

    private static ulong Push(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        return Writable(run, map) ? (ulong)map.Push((byte*)r2, r3) : 0;
    }

    private static ulong Pop(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        return Writable(run, map) ? (ulong)map.Pop((byte*)r2) : 0;
    }

    private static ulong Peek(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (ulong)run.Map(r1).Peek((byte*)r2);

    private static ulong ForEach(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        RuntimeMap map = run.Map(r1);
        if (r4 != 0 || !map.HasElements)
        {
            return Answer.Of(-Errno.Einval);
        }

        // The callback gets a copy of the key: the map's own must not be written, whatever the program does.
        byte* key = stackalloc byte[MaxKeyBytes];
        List<ElementRef> group = [];
        long cursor = 0;
        ulong visited = 0;
        run.AddRegion(key, (nuint)map.Spec.KeySize, writable: false);
        try
        {
            while (true)
            {
                group.Clear();
                run.Burn(1);
                if (!map.NextElements(ref cursor, int.MaxValue, group))
                {
                    return visited;
                }

                foreach (ElementRef element in group)
                {
                    if (!map.IsAlive(element))
                    {
                        continue;
                    }

                    map.CopyKey(element, key);
                    visited++;
                    run.Burn(1);
                    if (run.Call(r2, r1, (ulong)key, (ulong)map.ValueOf(element, run.Cpu), r3) != 0)
                    {
                        return visited;
                    }
                }
            }
        }
        finally
        {
            run.RemoveRegion(key);
        }
    }

    private static ulong ExchangePointer(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Interlocked.Exchange(ref *(ulong*)r1, r2);

    private static ulong LocalStorage(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (run.Map(r1) is CgroupStorageMap storage)
        {
            return (ulong)storage.ValueAt(run.Cpu);
        }

        run.Stop(FaultKind.BadArgument, "get_local_storage: the map is no cgroup storage");
        return 0;
    }

    private static ulong StorageGet(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r2 == 0 || (r4 & ~CreateFlag) != 0 || run.Map(r1) is not LocalStorageMap storage)
        {
            return 0;
        }

        byte* first = r3 == 0 ? null : run.IsChecked ? run.Check(r3, (ulong)storage.Spec.ValueSize, write: false) : (byte*)r3;
        return (ulong)storage.Get(r2, (r4 & CreateFlag) != 0, first);
    }

    private static ulong StorageDelete(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        r2 == 0 || run.Map(r1) is not LocalStorageMap storage ? Answer.Of(-Errno.Einval) : Answer.Of(storage.Remove(r2));

    /// <summary>Whether programs may write the map; stops the run if not: no verifier would let such a program pass.</summary>
    private static bool Writable(RunContext run, RuntimeMap map)
    {
        if ((map.Spec.Flags & BpfSharp.Maps.MapFlags.ReadOnlyProgram) != 0)
        {
            run.Stop(FaultKind.ReadOnly, $"map '{map.Name}' may not be written by programs");
        }

        return true;
    }
}
