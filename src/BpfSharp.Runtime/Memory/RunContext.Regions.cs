using System.Runtime.InteropServices;
using BpfSharp.Maps;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Memory;

internal sealed unsafe partial class RunContext
{
    private readonly List<(nuint Start, nuint Bytes, bool Writable)> _regions = [];
    private readonly List<(IHeldResource Owner, nuint Token)> _held = [];

    /// <summary>Lets the program reach a piece of memory until it is removed or the run ends (a ring record, a dynamic pointer's data).</summary>
    public void AddRegion(void* start, nuint bytes, bool writable = true) => _regions.Add(((nuint)start, bytes, writable));

    /// <summary>Takes a region back.</summary>
    public void RemoveRegion(void* start)
    {
        int index = _regions.FindLastIndex(r => r.Start == (nuint)start);
        if (index >= 0)
        {
            _regions.RemoveAt(index);
        }
    }

    /// <summary>Notes something that must be given back if a fault stops the run.</summary>
    public void Hold(IHeldResource owner, nuint token) => _held.Add((owner, token));

    /// <summary>Forgets it: the program gave it back itself.</summary>
    /// <returns><see langword="false"/> if this run does not hold it.</returns>
    public bool Release(IHeldResource owner, nuint token)
    {
        int index = _held.FindLastIndex(h => h.Owner == owner && h.Token == token);
        if (index < 0)
        {
            return false;
        }

        _held.RemoveAt(index);
        return true;
    }

    /// <summary>Whether this run holds it.</summary>
    public bool Holds(IHeldResource owner, nuint token) => _held.Exists(h => h.Owner == owner && h.Token == token);

    /// <summary>Whether a program may reach a range: the slow, complete answer.</summary>
    public bool MayReach(ulong address, ulong bytes, bool write, out bool readOnly)
    {
        readOnly = false;
        if (bytes == 0)
        {
            return true;
        }

        if (address + bytes < address)
        {
            return false;
        }

        if (IsInside(address, bytes, StackBase, (nuint)(Frame - StackBase))
            || IsInside(address, bytes, Context, (nuint)ContextBytes)
            || (Data != null && IsInside(address, bytes, DataMeta, (nuint)(DataEnd - DataMeta))))
        {
            return true;
        }

        foreach ((nuint start, nuint length, bool writable) in CollectionsMarshal.AsSpan(_regions))
        {
            if (IsInside(address, bytes, (byte*)start, length))
            {
                readOnly = write && !writable;
                return !readOnly;
            }
        }

        foreach (RuntimeMap? map in Object.Maps)
        {
            if (map is not null && map.Owns((byte*)address, (nuint)bytes))
            {
                readOnly = write && (map.Spec.Flags & MapFlags.ReadOnlyProgram) != 0;
                return !readOnly;
            }
        }

        return Object.Heap.Owns((nuint)address, (nuint)bytes);
    }

    /// <summary>Stops the run unless the program may reach the range; for checked mode and for helper arguments.</summary>
    /// <returns>The address.</returns>
    public byte* Check(ulong address, ulong bytes, bool write)
    {
        if (!MayReach(address, bytes, write, out bool readOnly))
        {
            Stop(
                readOnly ? FaultKind.ReadOnly : FaultKind.OutOfBounds,
                $"{(write ? "write" : "read")} of {bytes} bytes at 0x{address:x}");
        }

        return (byte*)address;
    }

    private static bool IsInside(ulong address, ulong bytes, byte* start, nuint length)
        => address - (ulong)start <= length && bytes <= length - (address - (ulong)start);

    /// <summary>Gives back everything the run holds, last first.</summary>
    public void ReleaseHeld()
    {
        if (_held.Count == 0)
        {
            return;
        }

        for (int i = _held.Count - 1; i >= 0; i--)
        {
            _held[i].Owner.ReleaseAfterFault(_held[i].Token);
        }

        _held.Clear();
    }
}
