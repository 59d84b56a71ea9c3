using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux.Buffers;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Introspection;
using BpfSharp.Linux.Programs;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Maps;

public sealed unsafe partial class KernelMap
{
    private readonly Dictionary<uint, KernelMap> _inner = [];
    private int _open;

    /// <summary>The map pinned at a path.</summary>
    /// <param name="path">A file of a bpf file system.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelMap OpenPinned(string path) => MapIdentity.Of(Pinning.Open("map", path));

    /// <summary>The map with an id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelMap OpenById(uint id) => MapIdentity.Of(BpfSyscall.OpenById(BpfCommand.MapGetFdById, id, out int errno)
        ?? throw KernelException.Refused("BPF5025", $"map {id}", "BPF_MAP_GET_FD_BY_ID", errno));

    /// <summary>The map of a descriptor, which stays the caller's.</summary>
    /// <param name="descriptor">A descriptor of a map.</param>
    /// <exception cref="KernelException">It is no map's.</exception>
    public static KernelMap OpenDescriptor(int descriptor)
    {
        int copy = Libc.Fcntl(descriptor, Libc.DuplicateCloseOnExec, 0);
        return copy < 0 ? throw KernelException.Refused("BPF5025", "map", "fcntl", -copy) : MapIdentity.Of(BpfHandle.Of(copy));
    }

    /// <summary>The kernel's description, read anew.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public MapInfo Info => MapInfo.Read(_handle);

    /// <summary>Keeps the map alive under a path of a bpf file system, also after this process.</summary>
    /// <param name="path">Where; its directory must exist in a bpf file system.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public void Pin(string path) => Pinning.Pin(_handle, $"map '{Name}'", path);

    /// <inheritdoc/>
    public override int SetInnerMap(ReadOnlySpan<byte> key, LoadedMap inner, ulong flags = 0) =>
        MapShape.IsMapOfMaps(Spec.Type) && inner is KernelMap map ? SetDescriptor(key, map.FileDescriptor, flags) : -Errno.Einval;

    /// <inheritdoc/>
    public override LoadedMap? GetInnerMap(ReadOnlySpan<byte> key)
    {
        if (!MapShape.IsMapOfMaps(Spec.Type))
        {
            return null;
        }

        // The kernel answers with the inner map's id.
        Span<byte> value = stackalloc byte[4];
        if (Lookup(key, value) < 0)
        {
            return null;
        }

        uint id = BinaryPrimitives.ReadUInt32LittleEndian(value);
        lock (_inner)
        {
            if (!_inner.TryGetValue(id, out KernelMap? inner))
            {
                inner = OpenById(id);
                _inner.Add(id, inner);
            }

            return inner;
        }
    }

    /// <inheritdoc/>
    public override int SetProgram(uint index, LoadedProgram program)
    {
        if (Spec.Type != MapType.ProgramArray || program is not KernelProgram kernelProgram)
        {
            return -Errno.Einval;
        }

        Span<byte> key = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(key, index);
        return SetDescriptor(key, kernelProgram.FileDescriptor, 0);
    }

    /// <inheritdoc/>
    public override RecordReader OpenReader() => Spec.Type == MapType.RingBuffer ? Once(RingBufferReader.Open)
        : Spec.Type == MapType.PerfEventArray ? OpenPerfBuffer(new PerfBufferOptions())
        : base.OpenReader();

    /// <summary>Opens the reading end of a perf event array, with its sizes chosen. One reader at a time.</summary>
    /// <param name="options">Sizes and wake-ups.</param>
    /// <exception cref="BpfException">The map is no perf event array, or has a reader already (BPF4006).</exception>
    public RecordReader OpenPerfBuffer(PerfBufferOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Spec.Type == MapType.PerfEventArray ? Once(map => PerfBufferReader.Open(map, options)) : base.OpenReader();
    }

    /// <inheritdoc/>
    public override RecordWriter OpenWriter() =>
        Spec.Type == MapType.UserRingBuffer ? Once(UserRingBufferWriter.Open) : base.OpenWriter();

    /// <summary>The reader or writer that was open has ended.</summary>
    internal void EndOpen() => Volatile.Write(ref _open, 0);

    private int SetDescriptor(ReadOnlySpan<byte> key, int descriptor, ulong flags)
    {
        Span<byte> value = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, descriptor);
        return Update(key, value, flags);
    }

    private T Once<T>(Func<KernelMap, T> open) where T : IDisposable
    {
        if (Interlocked.CompareExchange(ref _open, 1, 0) != 0)
        {
            throw KernelException.Missing("BPF4006", $"map '{Name}'", "it has a reader or writer already, and can have one",
                "share the open one, or dispose it first");
        }

        try
        {
            return open(this);
        }
        catch
        {
            EndOpen();
            throw;
        }
    }

    private void DisposeInner()
    {
        lock (_inner)
        {
            foreach (KernelMap inner in _inner.Values)
            {
                inner.Dispose();
            }

            _inner.Clear();
        }
    }
}
