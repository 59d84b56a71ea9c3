using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Objects;

public sealed partial class BpfObject
{
    /// <summary>The program with a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public ProgramSpec Program(string name) => Programs.FirstOrDefault(p => p.Name == name)
        ?? throw Missing("program", name, Programs.Select(p => p.Name));

    /// <summary>The map with a name, data sections included.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public MapSpec Map(string name) => Maps.FirstOrDefault(m => m.Name == name)
        ?? throw Missing("map", name, Maps.Select(m => m.Name));

    /// <summary>The global variable with a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those there are.</exception>
    public GlobalVariable Global(string name) => Globals.FirstOrDefault(g => g.Name == name)
        ?? throw Missing("global variable", name, Globals.Select(g => g.Name));

    /// <summary>Sets a global variable's value before load.</summary>
    /// <typeparam name="T">A type of exactly the variable's size.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="KeyNotFoundException">There is no such variable; the message lists those there are.</exception>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void SetGlobal<T>(string name, T value)
        where T : unmanaged => MemoryMarshal.Write(Sized<T>(name).InitialBytes, in value);

    /// <summary>A global variable's value before load.</summary>
    /// <typeparam name="T">A type of exactly the variable's size.</typeparam>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such variable; the message lists those there are.</exception>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public T GetGlobal<T>(string name)
        where T : unmanaged => MemoryMarshal.Read<T>(Sized<T>(name).InitialBytes);

    /// <summary>A copy that can be edited alone.</summary>
    public BpfObject Clone()
    {
        BpfObject copy = new()
        {
            Name = Name,
            License = License,
            KernelVersion = KernelVersion,
            IsBigEndian = IsBigEndian,
            Btf = Btf,
        };
        Dictionary<MapSpec, MapSpec> maps = new(ReferenceEqualityComparer.Instance);
        foreach (MapSpec map in Maps)
        {
            maps.Add(map, map.Clone());
            copy.Maps.Add(maps[map]);
        }

        foreach (ProgramSpec program in Programs)
        {
            copy.Programs.Add(program.Clone());
        }

        foreach (GlobalVariable global in Globals)
        {
            copy.Globals.Add(global with { Map = maps.TryGetValue(global.Map, out MapSpec? map) ? map : global.Map.Clone() });
        }

        foreach (ExternSpec external in Externs)
        {
            copy.Externs.Add(external);
        }

        foreach (KconfigSpec value in Kconfig)
        {
            copy.Kconfig.Add(value);
        }

        return copy;
    }

    /// <summary>Whether another object holds the same: programs, maps, globals, types, all but the object's own name.</summary>
    /// <param name="other">The other object.</param>
    public bool ContentEquals(BpfObject other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return FirstDifference(other) is null;
    }

    /// <summary>What differs first between two objects, in words; <see langword="null"/> if they hold the same.</summary>
    /// <param name="other">The other object.</param>
    public string? FirstDifference(BpfObject other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ObjectComparer.FirstDifference(this, other);
    }

    private GlobalVariable Sized<T>(string name)
        where T : unmanaged
    {
        GlobalVariable global = Global(name);
        return Unsafe.SizeOf<T>() == global.Size
            ? global
            : throw new ArgumentException(
                $"global variable '{name}' has {global.Size} bytes, {typeof(T).Name} has {Unsafe.SizeOf<T>()}", nameof(name));
    }

    private static KeyNotFoundException Missing(string what, string name, IEnumerable<string> names) =>
        new($"no {what} '{name}' in this object; it has: {string.Join(", ", names.Order())}");
}
