using System.Buffers.Binary;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Maps of a load: made or taken over, filled with the first contents of data sections, linked with each other.</summary>
internal static class MapLoading
{
    /// <summary>Makes the object's maps, in the order instructions count them.</summary>
    /// <exception cref="BpfException">A kind does not run in process, or a given map does not fit.</exception>
    public static void Create(
        RuntimeObject target, BpfObject source, LoadOptions? options, Dictionary<string, LoadedMap> byName)
    {
        RuntimeMap?[] maps = new RuntimeMap?[source.Maps.Count];
        for (int i = 0; i < maps.Length; i++)
        {
            MapSpec spec = source.Maps[i];
            if (options?.ExistingMaps.TryGetValue(spec.Name, out LoadedMap? existing) == true)
            {
                // Its maker may be disposed first: this object is an owner of its own, and gives the map back when it ends.
                RuntimeMap shared = Accept(spec, existing);
                ObjectDisposedException.ThrowIf(!shared.TryAddOwner(), existing);
                target.OwnedMaps.Add(shared);
                maps[i] = shared;
            }
            else if (spec.AutoCreate && spec.Role != MapRole.StructOps)
            {
                RuntimeMap map = MapFactory.Create(
                    spec.Clone(), source.Btf, (options as RuntimeOptions)?.MaxMapBytes ?? MapRules.DefaultMaxBytes);
                target.OwnedMaps.Add(map);
                maps[i] = map;
                if (spec.InitialData.Length > 0)
                {
                    Fill(map, spec.Role == MapRole.Kconfig ? KconfigData(source, spec, options) : spec.InitialData);
                }

                if (spec.Role is MapRole.ReadOnlyData or MapRole.Kconfig)
                {
                    _ = map.Freeze();
                }
            }

            if (maps[i] is { } made)
            {
                byName.Add(spec.Name, made);
            }
        }

        target.SetMaps(maps);
    }

    /// <summary>Fills the slots that name maps and programs of the object.</summary>
    public static void FillSlots(RuntimeObject target, BpfObject source, Dictionary<string, LoadedProgram> programs)
    {
        for (int i = 0; i < source.Maps.Count; i++)
        {
            foreach (MapSlot slot in source.Maps[i].InitialSlots)
            {
                if (target.Maps[i] is not { } map)
                {
                    continue;
                }

                int index = Find(source, slot.Target);
                bool filled = programs.TryGetValue(slot.Target, out LoadedProgram? program)
                    ? map.SetProgram(slot.Index, ((InProcessProgram)program).Code)
                    : index >= 0 && target.Maps[index] is { } inner && map.SetInnerMap(slot.Index, inner);
                if (!filled)
                {
                    throw new BpfException(new Finding
                    {
                        Id = "BPF4204",
                        Where = $"map '{map.Name}'",
                        Message = $"slot {slot.Index} cannot hold '{slot.Target}'",
                        Suggestion = "it takes a loaded program (program array) or a map (map of maps) of the same object",
                    });
                }
            }
        }
    }

    private static int Find(BpfObject source, string name)
    {
        for (int i = 0; i < source.Maps.Count; i++)
        {
            if (source.Maps[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private static byte[] KconfigData(BpfObject source, MapSpec spec, LoadOptions? options)
    {
        byte[] data = (byte[])spec.InitialData.Clone();
        Span<byte> bytes = stackalloc byte[8];
        foreach (KconfigSpec option in source.Kconfig)
        {
            long value = 0;
            if ((options as RuntimeOptions)?.Kconfig.TryGetValue(option.Name, out value) != true
                && !RuntimeOptions.DefaultKconfig.TryGetValue(option.Name, out value) && !option.IsWeak)
            {
                throw new BpfException(new Finding
                {
                    Id = "BPF4209",
                    Where = source.Name,
                    Message = $"the object asks for {option.Name}, which has no value in process",
                    Suggestion = "set it in RuntimeOptions.Kconfig, or declare it __weak",
                });
            }

            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            bytes[..Math.Min(option.Size, 8)].CopyTo(data.AsSpan(option.ByteOffset));
        }

        return data;
    }

    private static void Fill(RuntimeMap map, byte[] contents)
    {
        int result = map.Update(new byte[4], contents);
        if (result < 0)
        {
            throw new BpfException(new Finding
            {
                Id = "BPF4205",
                Where = $"map '{map.Name}'",
                Message = $"first contents of {contents.Length} bytes do not fit (errno {-result})",
            });
        }
    }

    private static RuntimeMap Accept(MapSpec wanted, LoadedMap given)
    {
        if (given is RuntimeMap map && map.Spec.Type == wanted.Type && map.Spec.KeySize == wanted.KeySize
            && map.Spec.ValueSize == wanted.ValueSize)
        {
            return map;
        }

        throw new BpfException(new Finding
        {
            Id = "BPF4206",
            Where = $"map '{wanted.Name}'",
            Message = $"the given map ({given.Spec.Type}, key {given.Spec.KeySize}, value {given.Spec.ValueSize}) does not fit: "
                + $"the object wants {wanted.Type}, key {wanted.KeySize}, value {wanted.ValueSize}, in process",
        });
    }
}
