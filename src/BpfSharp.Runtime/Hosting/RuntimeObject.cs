using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Hosting;

/// <summary>A loaded object as engines and helpers see it.</summary>
internal sealed partial class RuntimeObject
{
    private readonly HashSet<RuntimeMap> _own = [];
    private volatile bool _disposed;
    private readonly Dictionary<(RuntimeProgram Program, int Function), ulong> _addresses = [];
    private bool _hasMapsOfMaps;
    private int _freed;
    private long _callbackFaults;

    /// <summary>Makes an object without maps and programs.</summary>
    /// <param name="types">Types of its file, for the objects its programs make; null if it has none.</param>
    public RuntimeObject(Btf.BtfFile? types = null)
    {
        Timers = new Helpers.TimerTable(this);
        Heap = new Allocated.ObjectHeap(types);
        Graph = new Allocated.ObjectGraph(Heap);
    }

    /// <summary>Objects its programs make.</summary>
    public Allocated.ObjectHeap Heap { get; }

    /// <summary>Lists and trees of those.</summary>
    public Allocated.ObjectGraph Graph { get; }

    /// <summary>Its name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Timers of the values of its maps.</summary>
    public Helpers.TimerTable Timers { get; }

    /// <summary>Timer callbacks that a fault stopped.</summary>
    public long CallbackFaults => Interlocked.Read(ref _callbackFaults);

    /// <summary>Counts a timer callback that a fault stopped.</summary>
    public void CountCallbackFault() => Interlocked.Increment(ref _callbackFaults);

    /// <summary>Gets each line a program prints; null for nobody.</summary>
    public Action<string>? TraceSink { get; init; }

    /// <summary>Maps by the index instructions use; null where the object says not to make one.</summary>
    public RuntimeMap?[] Maps { get; private set; } = [];

    /// <summary>
    /// What a program loads as the address of the object's first function; never the address of memory. The others follow.
    /// </summary>
    public const ulong FunctionBase = 0xffff_b9f0_0000_0000;

    /// <summary>Functions whose address programs load, in the order of <see cref="FunctionBase"/>.</summary>
    public List<Helpers.HelperBody> Functions { get; } = [];

    /// <summary>Sees every instruction; null for nobody.</summary>
    public TraceCallback? Trace { get; init; }

    /// <summary>Helpers that stand before the table's; see <see cref="RuntimeOptions.ExtraHelpers"/>.</summary>
    public IReadOnlyDictionary<long, Helpers.HelperRow>? ExtraHelpers { get; init; }

    /// <summary>The helper with a number, for this object; <see langword="null"/> if there is none.</summary>
    public Helpers.HelperRow? FindHelper(long number)
        => ExtraHelpers?.GetValueOrDefault(number) ?? Helpers.HelperBodies.Find(number);

    /// <summary>Address a program loads for one of its functions; the same every time.</summary>
    public ulong AddressOf(RuntimeProgram program, int function)
    {
        if (!_addresses.TryGetValue((program, function), out ulong address))
        {
            address = FunctionBase + (ulong)Functions.Count;
            Functions.Add((run, r1, r2, r3, r4, r5) => program.Call(run, function, r1, r2, r3, r4, r5));
            _addresses.Add((program, function), address);
        }

        return address;
    }

    /// <summary>The function an address stands for.</summary>
    public bool TryFindFunction(ulong address, out RuntimeProgram? program, out int function)
    {
        foreach (((RuntimeProgram owner, int index), ulong known) in _addresses)
        {
            if (known == address)
            {
                program = owner;
                function = index;
                return true;
            }
        }

        program = null;
        function = -1;
        return false;
    }

    /// <summary>Maps this object is an owner of: its own end with it, maps given at load are given back.</summary>
    public List<RuntimeMap> OwnedMaps { get; } = [];

    /// <summary>Whether a program of this object may use a map: one of its own, or an inner map (checked mode).</summary>
    public bool MayUse(RuntimeMap map) => map.FirstOwner == this || _own.Contains(map) || (map.IsInner && _hasMapsOfMaps);

    /// <summary>Publishes that a run begins; <see langword="false"/> if the object was disposed.</summary>
    public bool TryEnter(RunContext run)
    {
        run.Epoch = RunEpochs.Current;
        run.Running = this;
        return !_disposed;
    }

    /// <summary>Publishes that a run has ended; frees a disposed object after its last run.</summary>
    public void Leave(RunContext run)
    {
        run.Running = null;
        run.Epoch = 0;
        if (run.Guest is { } guest)
        {
            run.Guest = null;
            guest.FreeIfDisposed();
        }

        FreeIfDisposed();
    }

    /// <summary>Whether no run may start any more.</summary>
    public bool IsDisposed => _disposed;

    private void FreeIfDisposed()
    {
        if (_disposed)
        {
            // Two runs that end together: one of them must see that both have ended.
            Interlocked.MemoryBarrier();
            FreeIfIdle();
        }
    }

    /// <summary>Calls a function of one of its programs by the address the program loaded.</summary>
    public ulong CallFunction(RunContext run, ulong function, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ulong index = function - FunctionBase;
        if (index >= (ulong)Functions.Count)
        {
            run.Stop(FaultKind.BadFunction, $"0x{function:x} is not a function of this object");
        }

        return Functions[(int)index](run, r1, r2, r3, r4, r5);
    }

    /// <summary>Gives the object its maps.</summary>
    internal void SetMaps(RuntimeMap?[] maps)
    {
        Maps = maps;
        foreach (RuntimeMap map in maps.OfType<RuntimeMap>())
        {
            _own.Add(map);
            map.FirstOwner ??= this;
            _hasMapsOfMaps |= map.Spec.Type is BpfSharp.Maps.MapType.ArrayOfMaps or BpfSharp.Maps.MapType.HashOfMaps;
        }
    }

    /// <summary>No run starts any more; the maps are freed now, or when the last run has ended.</summary>
    internal void Dispose()
    {
        _disposed = true;
        Timers.End();
        Interlocked.MemoryBarrierProcessWide();
        FreeIfIdle();
    }

    private void FreeIfIdle()
    {
        foreach (RunContext run in RunEpochs.All)
        {
            if (run.Running == this || run.Guest == this)
            {
                return;
            }
        }

        if (Interlocked.Exchange(ref _freed, 1) == 0)
        {
            foreach (RuntimeMap map in OwnedMaps)
            {
                map.Dispose();
            }

            Heap.Dispose();
        }
    }
}
