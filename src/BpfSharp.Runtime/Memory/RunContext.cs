using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Memory;

/// <summary>State of one run on one thread: what engines, helpers and hooks share. Leased from a pool; see <see cref="Lease"/>.</summary>
/// <remarks>
/// <para>A run inside a run (a helper that fires another program) leases another one. Nothing here is touched by two threads.</para>
/// <para>
/// Memory a program may reach: its stack frames, its context, its packet, the values of its object's maps
/// (<see cref="RuntimeMap.Owns"/>), and the regions a helper adds (<see cref="AddRegion"/>: ring records, dynamic pointers).
/// </para>
/// </remarks>
internal sealed unsafe partial class RunContext
{
    /// <summary>Bytes of one frame of the eBPF stack.</summary>
    public const int FrameBytes = 512;

    /// <summary>Frames one program may have at once: its own, local calls, and callbacks (the kernel's limit).</summary>
    public const int MaxFrames = 8;

    /// <summary>Frames there is room for: a tail call from a subprogram starts a program with its own eight.</summary>
    public const int RoomForFrames = 40;

    /// <summary>Tail calls in one run, as the kernel counts them.</summary>
    public const int MaxTailCalls = 33;

    /// <summary>Bytes of native memory for a context.</summary>
    public const int ContextRoom = 1024;

    // One block: frames first, then the context. Lives as long as the process: contexts are pooled, never freed.
    private readonly byte* _memory;
    private byte* _largeContext;
    private int _largeContextBytes;

    private RunContext()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc(RoomForFrames * FrameBytes + ContextRoom, 64);
        NativeMemory.Clear(_memory, RoomForFrames * FrameBytes + ContextRoom);
        StackBase = _memory;
        Context = _memory + RoomForFrames * FrameBytes;
        Frame = StackBase;
    }

    // --- who and where -------------------------------------------------------------------------------------------

    /// <summary>The object whose program runs.</summary>
    public RuntimeObject Object = null!;

    /// <summary>The program that runs: the one started, or the one tail-called since.</summary>
    public RuntimeProgram Program = null!;

    /// <summary>Epoch the run started in, 0 when idle; see <see cref="RunEpochs"/>.</summary>
    public long Epoch;

    /// <summary>The object that is in use by this context, for whoever frees it; null when idle.</summary>
    public volatile RuntimeObject? Running;

    /// <summary>Another object whose program was tail-called in this run; null for none. Until the run ends.</summary>
    public volatile RuntimeObject? Guest;

    /// <summary>CPU slot; index of this run's per-CPU values. See <see cref="CpuSlots"/>.</summary>
    public int Cpu;

    /// <summary>Whether memory and arguments are checked: helper bodies may rely on valid arguments either way.</summary>
    public bool IsChecked;

    /// <summary>The instruction that runs, as far as engines say: before what can stop a run. Null if not known.</summary>
    public Code* Ip;

    // --- budgets -------------------------------------------------------------------------------------------------

    /// <summary>Steps left. Engines count in checked mode; helpers that loop count in both modes: see <see cref="Burn"/>.</summary>
    public long Fuel;

    /// <summary>Tail calls made.</summary>
    public int TailCalls;

    // --- packet --------------------------------------------------------------------------------------------------

    /// <summary>First byte of the packet; null for a program without one. Change through <see cref="SetPacket"/>.</summary>
    public byte* Data;

    /// <summary>One past the last byte of the packet.</summary>
    public byte* DataEnd;

    /// <summary>First byte of the metadata in front of the packet; equals <see cref="Data"/> if there is none.</summary>
    public byte* DataMeta;

    /// <summary>First byte of the buffer: how far the head can grow.</summary>
    public byte* PacketBuffer;

    /// <summary>One past the last byte of the buffer: how far the tail can grow.</summary>
    public byte* PacketBufferEnd;

    /// <summary>What the hook put there (devices, marks, a redirect's target); helpers of that hook cast it.</summary>
    public object? HookState;

    // --- memory --------------------------------------------------------------------------------------------------

    /// <summary>Native context memory, <see cref="SizeContext"/>; what r1 points to at the start.</summary>
    public byte* Context;

    /// <summary>Bytes of it a program may reach.</summary>
    public int ContextBytes;

    /// <summary>How the context lies in memory.</summary>
    public ContextShape Shape = ContextShape.Plain;

    /// <summary>Lowest byte of the stack frames; the program's own frame is the first.</summary>
    public byte* StackBase;

    /// <summary>Top of the current frame (its r10); <see cref="StackBase"/> outside any. Frames follow each other upwards.</summary>
    public byte* Frame;

    /// <summary>Highest top a frame of the current program may have: call depth is bounded by it.</summary>
    public byte* FrameLimit;

    /// <summary>Sizes the context memory; above <see cref="ContextRoom"/> it comes from a buffer this run keeps for the next.</summary>
    /// <returns>The memory, not cleared.</returns>
    public Span<byte> SizeContext(int bytes)
    {
        Context = _memory + RoomForFrames * FrameBytes;
        if (bytes > ContextRoom)
        {
            if (bytes > _largeContextBytes)
            {
                NativeMemory.AlignedFree(_largeContext);
                _largeContext = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
                _largeContextBytes = bytes;
            }

            Context = _largeContext;
        }

        ContextBytes = bytes;
        return new Span<byte>(Context, bytes);
    }

    /// <summary>Gives the packet other borders and keeps the pointers in the context equal to them.</summary>
    public void SetPacket(byte* data, byte* dataEnd, byte* dataMeta)
    {
        Data = data;
        DataEnd = dataEnd;
        DataMeta = dataMeta;
        foreach (WideField field in Shape.WideFields)
        {
            byte* pointer = field.Role switch
            {
                WideFieldRole.Data => data,
                WideFieldRole.DataEnd => dataEnd,
                WideFieldRole.DataMeta => dataMeta,
                WideFieldRole.Other => *(byte**)(Context + field.NativeOffset),
                _ => null,
            };
            *(byte**)(Context + field.NativeOffset) = pointer;
        }
    }

    /// <summary>Takes steps off the budget; loops inside helpers call it once a round, also in unchecked mode.</summary>
    public void Burn(long steps)
    {
        if ((Fuel -= steps) < 0)
        {
            Stop(FaultKind.OutOfFuel);
        }
    }

    /// <summary>
    /// Calls a function of the program (a callback) by the address the program loaded; for <c>bpf_loop</c>,
    /// <c>bpf_for_each_map_elem</c>, timers. Any other number stops the run.
    /// </summary>
    /// <returns>What the function returned.</returns>
    public ulong Call(ulong function, ulong r1, ulong r2 = 0, ulong r3 = 0, ulong r4 = 0, ulong r5 = 0)
    {
        // Inside the callback Ip moves; a fault of the helper itself is again one of the call.
        Code* ip = Ip;
        ulong result = Object.CallFunction(this, function, r1, r2, r3, r4, r5);
        Ip = ip;
        return result;
    }

    /// <summary>The map an argument refers to. In checked mode a number that is no handle of this object's maps stops the run.</summary>
    public RuntimeMap Map(ulong handle)
    {
        if (!IsChecked)
        {
            return MapHandles.Resolve(handle);
        }

        if (!MapHandles.TryResolve(handle, out RuntimeMap? map) || !Object.MayUse(map))
        {
            Stop(FaultKind.BadMapHandle, $"0x{handle:x} is not a map of this object");
        }

        return map;
    }

    /// <summary>Takes the next frame; stops the run if the program has as many as it may.</summary>
    /// <returns>Its top, the r10 of its function.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PushFrame<TMode>() where TMode : struct, IMode
    {
        byte* frame = Frame + FrameBytes;
        if (frame > FrameLimit)
        {
            Stop(FaultKind.CallDepth, $"more than {MaxFrames} frames");
        }

        Frame = frame;
        if (TMode.IsChecked)
        {
            // Nobody proved that the program writes before it reads: it must not see another run's data.
            new Span<byte>(frame - FrameBytes, FrameBytes).Clear();
        }

        return frame;
    }

    /// <summary>Gives the current frame back.</summary>
    /// <returns>Top of the frame before it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PopFrame() => Frame -= FrameBytes;

    /// <summary>Does a tail call, from the frame it replaces; when it succeeds, the calling function ends with its result.</summary>
    /// <remarks>
    /// The target is called, not jumped to, because it may run on another engine or in another mode; at most
    /// <see cref="MaxTailCalls"/> a run keeps the native stack bounded.
    /// </remarks>
    /// <param name="context">r1: the context.</param>
    /// <param name="map">r2: the program array.</param>
    /// <param name="index">r3: slot in it; the low 32 bits count.</param>
    /// <param name="result">r0 of the target, or a negative errno.</param>
    /// <returns><see langword="false"/> if there is nothing to call: the program goes on.</returns>
    public bool TryTailCall(ulong context, ulong map, ulong index, out ulong result)
    {
        RuntimeProgram? target = Map(map).ProgramAt((uint)index);
        if (target is null || TailCalls >= MaxTailCalls)
        {
            result = unchecked((ulong)-2L);
            return false;
        }

        RuntimeObject home = Object;
        if (target.Object != home && !TryVisit(target.Object))
        {
            result = unchecked((ulong)-2L);
            return false;
        }

        TailCalls++;
        RuntimeProgram caller = Program;
        byte* limit = FrameLimit;
        bool isChecked = IsChecked;
        Frame -= FrameBytes;
        FrameLimit = Frame + MaxFrames * FrameBytes;
        if (FrameLimit > StackBase + RoomForFrames * FrameBytes)
        {
            Stop(FaultKind.CallDepth, "tail calls from too many frames");
        }

        Program = target;
        Object = target.Object;
        IsChecked = target.IsChecked;
        result = target.Enter(this, context, 0);
        Program = caller;
        Object = home;
        IsChecked = isChecked;
        FrameLimit = limit;
        Frame += FrameBytes;
        return true;
    }

    // Publishes that a program of another object runs here too, so that it is not freed meanwhile. One besides its own is enough
    // for a run: a third one's slot counts as empty.
    private bool TryVisit(RuntimeObject other)
    {
        if (other == Running || other == Guest)
        {
            return true;
        }

        if (Guest is not null)
        {
            return false;
        }

        Guest = other;
        return !other.IsDisposed;
    }

    /// <summary>Stops the run. Engines add the instruction; whatever the run holds is released.</summary>
    [DoesNotReturn]
#pragma warning disable CA1822 // by meaning it is this run that stops
    public void Stop(FaultKind kind, string? detail = null) => throw new ProgramFault(kind, detail);
#pragma warning restore CA1822
}
