using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Hosting;
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

    private RunContext()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc(RoomForFrames * FrameBytes + ContextRoom, 64);
        NativeMemory.Clear(_memory, RoomForFrames * FrameBytes + ContextRoom);
        StackBase = _memory;
        Context = _memory + RoomForFrames * FrameBytes;
    }

    // --- who and where -------------------------------------------------------------------------------------------

    /// <summary>The object whose program runs.</summary>
    public RuntimeObject Object = null!;

    /// <summary>The program that was started (not the one tail-called since).</summary>
    public RuntimeProgram Program = null!;

    /// <summary>Epoch the run started in, 0 when idle; see <see cref="RunEpochs"/>.</summary>
    public long Epoch;

    /// <summary>The object that is in use by this context, for whoever frees it; null when idle.</summary>
    public volatile RuntimeObject? Running;

    /// <summary>CPU slot; index of this run's per-CPU values. See <see cref="CpuSlots"/>.</summary>
    public int Cpu;

    /// <summary>Whether memory and arguments are checked: helper bodies may rely on valid arguments either way.</summary>
    public bool IsChecked;

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

    /// <summary>Native context memory, <see cref="ContextRoom"/> bytes; what r1 points to at the start.</summary>
    public byte* Context;

    /// <summary>Bytes of it a program may reach.</summary>
    public int ContextBytes;

    /// <summary>How the context lies in memory.</summary>
    public ContextShape Shape = ContextShape.Plain;

    /// <summary>Lowest byte of the stack frames; frame n ends at <c>StackBase + (n + 1) * FrameBytes</c>.</summary>
    public byte* StackBase;

    /// <summary>Frames in use by engines (the frame a callback gets is the next).</summary>
    public int Depth;

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
        => Object.CallFunction(this, function, r1, r2, r3, r4, r5);

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

    /// <summary>Stops the run. Engines add the instruction; whatever the run holds is released.</summary>
    [DoesNotReturn]
    public void Stop(FaultKind kind, string? detail = null, int slot = -1)
        => throw new ProgramFault(kind, slot, detail) { Program = Program };
}
