using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Allocated;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Memory;
using static BpfSharp.Runtime.Helpers.HelperArgument;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Kernel functions on objects that programs make: allocation, references, lists, trees.</summary>
/// <remarks>
/// What the kernel's verifier proves of these arguments is asked again here, in both modes: a wrong pointer in a list would be
/// found much later.
/// </remarks>
internal static unsafe class AllocationFunctions
{
    /// <summary>Rows of the kernel functions.</summary>
    public static HelperRow[] KfuncRows { get; } =
    [
        new(0, "bpf_obj_new_impl", New),
        new(0, "bpf_obj_drop_impl", Drop),
        new(0, "bpf_percpu_obj_new_impl", NewPerCpu),
        new(0, "bpf_percpu_obj_drop_impl", Drop),
        new(0, "bpf_refcount_acquire_impl", Acquire),
        new(0, "bpf_list_push_front_impl", PushFront, Out16),
        new(0, "bpf_list_push_back_impl", PushBack, Out16),
        new(0, "bpf_list_pop_front", PopFront, Out16),
        new(0, "bpf_list_pop_back", PopBack, Out16),
        new(0, "bpf_list_front", Front, Out16),
        new(0, "bpf_list_back", Back, Out16),
        new(0, "bpf_rbtree_add_impl", TreeAdd, Out16, Anything, Function),
        new(0, "bpf_rbtree_remove", TreeRemove, Out16),
        new(0, "bpf_rbtree_first", TreeFirst, Out16),
        new(0, "bpf_rbtree_root", TreeRoot, Out16),
        new(0, "bpf_rbtree_left", TreeLeft, Out16),
        new(0, "bpf_rbtree_right", TreeRight, Out16),
    ];

    /// <summary>Rows of the helpers that reach a CPU's copy.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(153, "per_cpu_ptr", PerCpu),
        new(154, "this_cpu_ptr", ThisCpu),
    ];

    private static ulong New(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        run.Object.Heap.New(r1, perCpu: false)?.Address ?? 0;

    private static ulong NewPerCpu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        run.Object.Heap.New(r1, perCpu: true)?.Address ?? 0;

    private static ulong Drop(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        lock (run.Object.Graph.Gate)
        {
            run.Object.Graph.Drop(Whole(run, r1));
        }

        return 0;
    }

    private static ulong Acquire(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Whole(run, r1).TryAcquire() ? r1 : 0;

    private static ulong PushFront(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Push(run, r1, r2, front: true);

    private static ulong PushBack(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Push(run, r1, r2, front: false);

    private static ulong PopFront(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Pop(run, r1, front: true);

    private static ulong PopBack(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Pop(run, r1, front: false);

    private static ulong Front(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Peek(run, r1, front: true);

    private static ulong Back(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Peek(run, r1, front: false);

    private static ulong Push(RunContext run, ulong head, ulong node, bool front)
    {
        ObjectGraph graph = run.Object.Graph;
        lock (graph.Gate)
        {
            AllocatedObject owner = OwnerOf(run, node, GraphFieldKind.ListNode);
            if (graph.IsLinked((nuint)node))
            {
                // Another reference put it somewhere meanwhile: this one goes, as in the kernel.
                graph.Drop(owner);
                return Answer.Of(-Errno.Einval);
            }

            graph.Push((ulong*)head, (nuint)node, front);
            return 0;
        }
    }

    private static ulong Pop(RunContext run, ulong head, bool front)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.Pop((ulong*)head, front);
        }
    }

    private static ulong Peek(RunContext run, ulong head, bool front)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.Peek((ulong*)head, front);
        }
    }

    private static ulong TreeAdd(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ObjectGraph graph = run.Object.Graph;
        lock (graph.Gate)
        {
            AllocatedObject owner = OwnerOf(run, r2, GraphFieldKind.TreeNode);
            if (graph.IsLinked((nuint)r2))
            {
                graph.Drop(owner);
                return Answer.Of(-Errno.Einval);
            }

            ObjectTree tree = graph.TreeAt((ulong*)r1, make: true)!;
            int version = tree.Version;
            ObjectTree.Node? parent = null;
            ObjectTree.Node? next = tree.Root;
            bool isLeft = false;
            while (next is not null)
            {
                parent = next;
                run.Burn(1);
                isLeft = run.Call(r3, r2, parent.Address) != 0;
                if (tree.Version != version || graph.TreeAt((ulong*)r1, make: false) != tree)
                {
                    run.Stop(FaultKind.BadArgument, "rbtree_add: the comparison changed the tree");
                }

                next = isLeft ? parent.Left : parent.Right;
            }

            graph.Insert((ulong*)r1, (nuint)r2, parent, isLeft);
            return 0;
        }
    }

    private static ulong TreeRemove(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ObjectGraph graph = run.Object.Graph;
        lock (graph.Gate)
        {
            if (graph.NodeIn((ulong*)r1, (nuint)r2) is null)
            {
                return 0;
            }

            graph.Unlink((nuint)r2);
            return r2;
        }
    }

    private static ulong TreeFirst(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.TreeAt((ulong*)r1, make: false)?.First()?.Address ?? 0;
        }
    }

    private static ulong TreeRoot(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.TreeAt((ulong*)r1, make: false)?.Root?.Address ?? 0;
        }
    }

    private static ulong TreeLeft(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.NodeIn((ulong*)r1, (nuint)r2)?.Left?.Address ?? 0;
        }
    }

    private static ulong TreeRight(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        lock (run.Object.Graph.Gate)
        {
            return run.Object.Graph.NodeIn((ulong*)r1, (nuint)r2)?.Right?.Address ?? 0;
        }
    }

    private static ulong PerCpu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        AllocatedObject found = Whole(run, r1);
        return (uint)r2 < (uint)CpuSlots.Count ? found.Address + ((nuint)found.Stride * (uint)r2) : 0;
    }

    private static ulong ThisCpu(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        AllocatedObject found = Whole(run, r1);
        return found.Address + ((nuint)found.Stride * (uint)run.Cpu);
    }

    private static AllocatedObject Whole(RunContext run, ulong address)
    {
        if (run.Object.Heap.Find((nuint)address) is not { } found || found.Address != (nuint)address)
        {
            run.Stop(FaultKind.BadArgument, $"0x{address:x} is not an object this program made");
            return null!;
        }

        return found;
    }

    private static AllocatedObject OwnerOf(RunContext run, ulong node, GraphFieldKind kind)
    {
        if (run.Object.Graph.ObjectOf((nuint)node, kind) is not { } found)
        {
            run.Stop(FaultKind.BadArgument, $"0x{node:x} is not a {(kind == GraphFieldKind.ListNode ? "list" : "tree")} node of an object this program made");
            return null!;
        }

        return found;
    }
}
