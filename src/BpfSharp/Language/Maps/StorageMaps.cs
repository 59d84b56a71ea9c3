using System.Runtime.CompilerServices;
using BpfSharp.Maps;

namespace BpfSharp.Language;

/// <summary>A value in each task.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="flags">Creation flags; <see cref="MapFlags.NoPreallocate"/> is always among them.</param>
[BpfMapKind(MapType.TaskStorage, KeySize = 4, ValueArgument = 0, Flags = MapFlags.NoPreallocate)]
public sealed unsafe class TaskStorage<T>(MapFlags flags = MapFlags.None) : LocalStorage<T>(MapType.TaskStorage, flags)
    where T : unmanaged
{
    /// <summary>The task's value, made of zeros if asked and absent.</summary>
    /// <param name="task">The task: a typed kernel pointer.</param>
    /// <param name="create">Whether to make it.</param>
    /// <param name="found">Whether there is one now.</param>
    /// <returns>The value, or a null reference.</returns>
    public ref T Find(void* task, bool create, out bool found)
    {
        ref T value = ref Get(task, ref Unsafe.NullRef<T>(), create ? 1UL : 0UL);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Deletes the task's value.</summary>
    /// <param name="task">The task.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(void* task) => Delete(task) == 0;

    [BpfHelperCall(156)]
    private ref T Get(void* task, ref T initial, ulong flags) => ref FindPlain(task, flags);

    [BpfHelperCall(157)]
    private long Delete(void* task) => DeletePlain(task);
}

/// <summary>A value in each socket.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="flags">Creation flags; <see cref="MapFlags.NoPreallocate"/> is always among them.</param>
[BpfMapKind(MapType.SkStorage, KeySize = 4, ValueArgument = 0, Flags = MapFlags.NoPreallocate)]
public sealed unsafe class SocketStorage<T>(MapFlags flags = MapFlags.None) : LocalStorage<T>(MapType.SkStorage, flags)
    where T : unmanaged
{
    /// <summary>The socket's value, made of zeros if asked and absent.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="create">Whether to make it.</param>
    /// <param name="found">Whether there is one now.</param>
    /// <returns>The value, or a null reference.</returns>
    public ref T Find(void* socket, bool create, out bool found)
    {
        ref T value = ref Get(socket, ref Unsafe.NullRef<T>(), create ? 1UL : 0UL);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Deletes the socket's value.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(void* socket) => Delete(socket) == 0;

    [BpfHelperCall(107)]
    private ref T Get(void* socket, ref T initial, ulong flags) => ref FindPlain(socket, flags);

    [BpfHelperCall(108)]
    private long Delete(void* socket) => DeletePlain(socket);
}

/// <summary>A value in each inode.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="flags">Creation flags; <see cref="MapFlags.NoPreallocate"/> is always among them.</param>
[BpfMapKind(MapType.InodeStorage, KeySize = 4, ValueArgument = 0, Flags = MapFlags.NoPreallocate)]
public sealed unsafe class InodeStorage<T>(MapFlags flags = MapFlags.None) : LocalStorage<T>(MapType.InodeStorage, flags)
    where T : unmanaged
{
    /// <summary>The inode's value, made of zeros if asked and absent.</summary>
    /// <param name="inode">The inode: a typed kernel pointer.</param>
    /// <param name="create">Whether to make it.</param>
    /// <param name="found">Whether there is one now.</param>
    /// <returns>The value, or a null reference.</returns>
    public ref T Find(void* inode, bool create, out bool found)
    {
        ref T value = ref Get(inode, ref Unsafe.NullRef<T>(), create ? 1UL : 0UL);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Deletes the inode's value.</summary>
    /// <param name="inode">The inode.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(void* inode) => Delete(inode) == 0;

    [BpfHelperCall(145)]
    private ref T Get(void* inode, ref T initial, ulong flags) => ref FindPlain(inode, flags);

    [BpfHelperCall(146)]
    private long Delete(void* inode) => DeletePlain(inode);
}

/// <summary>A value in each cgroup.</summary>
/// <typeparam name="T">Value.</typeparam>
/// <param name="flags">Creation flags; <see cref="MapFlags.NoPreallocate"/> is always among them.</param>
[BpfMapKind(MapType.CgroupLocalStorage, KeySize = 4, ValueArgument = 0, Flags = MapFlags.NoPreallocate)]
public sealed unsafe class CgroupStorage<T>(MapFlags flags = MapFlags.None) : LocalStorage<T>(MapType.CgroupLocalStorage, flags)
    where T : unmanaged
{
    /// <summary>The cgroup's value, made of zeros if asked and absent.</summary>
    /// <param name="cgroup">The cgroup: a typed kernel pointer.</param>
    /// <param name="create">Whether to make it.</param>
    /// <param name="found">Whether there is one now.</param>
    /// <returns>The value, or a null reference.</returns>
    public ref T Find(void* cgroup, bool create, out bool found)
    {
        ref T value = ref Get(cgroup, ref Unsafe.NullRef<T>(), create ? 1UL : 0UL);
        found = !Unsafe.IsNullRef(ref value);
        return ref value;
    }

    /// <summary>Deletes the cgroup's value.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(void* cgroup) => Delete(cgroup) == 0;

    [BpfHelperCall(210)]
    private ref T Get(void* cgroup, ref T initial, ulong flags) => ref FindPlain(cgroup, flags);

    [BpfHelperCall(211)]
    private long Delete(void* cgroup) => DeletePlain(cgroup);
}

/// <summary>Values kept in kernel objects; as plain C# by the object's address.</summary>
/// <typeparam name="T">Value.</typeparam>
public abstract unsafe class LocalStorage<T> : MapDeclaration where T : unmanaged
{
    private const int PlainEntries = 1 << 20;

    private protected LocalStorage(MapType type, MapFlags flags)
        : base(type, sizeof(uint), Unsafe.SizeOf<T>(), 0, flags | MapFlags.NoPreallocate)
    {
    }

    private PlainTable<ulong, T> Table => (PlainTable<ulong, T>)PlainStorage;

    private protected ref T FindPlain(void* owner, ulong flags)
    {
        ulong key = (ulong)owner;
        ref T value = ref Table.Find(in key);
        if (Unsafe.IsNullRef(ref value) && (flags & 1) != 0 && owner != null)
        {
            Table.Store(in key, default, (ulong)UpdateMode.NoExist);
            value = ref Table.Find(in key);
        }

        return ref value;
    }

    private protected long DeletePlain(void* owner) => Table.Remove((ulong)owner);

    private protected override PlainStorage CreateStorage() => new PlainTable<ulong, T>(this, PlainEntries);
}
