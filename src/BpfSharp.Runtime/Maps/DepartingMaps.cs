using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>Inner maps taken out of a map of maps that a run may still look at: they stay reachable until those runs end.</summary>
internal sealed unsafe class DepartingMaps
{
    private readonly Lock _gate = new();
    private RuntimeMap[] _maps = [];

    /// <summary>Makes a map reachable before it leaves its slot, so that there is no moment when it is not.</summary>
    /// <param name="map">The map; null does nothing. Give it to <see cref="Withdraw"/> afterwards.</param>
    public void Announce(RuntimeMap? map)
    {
        if (map is not null)
        {
            lock (_gate)
            {
                Volatile.Write(ref _maps, [.. _maps, map]);
            }
        }
    }

    /// <summary>Takes one announcement back.</summary>
    /// <param name="map">The map; null does nothing.</param>
    public void Withdraw(RuntimeMap? map)
    {
        lock (_gate)
        {
            int index = map is null ? -1 : Array.IndexOf(_maps, map);
            if (index >= 0)
            {
                Volatile.Write(ref _maps, [.. _maps[..index], .. _maps[(index + 1)..]]);
            }
        }
    }

    /// <summary>Takes over the slot's ownership of a map, and lets go when the runs of this moment have ended.</summary>
    public void Add(RuntimeMap map)
    {
        Announce(map);
        RetiredMemory.Add(() =>
        {
            Withdraw(map);
            map.Dispose();
        });
    }

    /// <summary>Whether a range lies in the values of one of them.</summary>
    public bool Owns(byte* address, nuint bytes)
    {
        foreach (RuntimeMap map in Volatile.Read(ref _maps))
        {
            if (map.Owns(address, bytes))
            {
                return true;
            }
        }

        return false;
    }
}
