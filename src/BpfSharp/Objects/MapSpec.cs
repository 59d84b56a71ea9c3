using BpfSharp.Maps;

namespace BpfSharp.Objects;

/// <summary>What a map of an object is to look like: data, the same on every machine. Editable until loaded.</summary>
public sealed class MapSpec
{
    /// <summary>Name in the object, unique in it (data sections are maps too: <c>.rodata</c>, <c>.bss</c>, …).</summary>
    public required string Name { get; set; }

    /// <summary>Kind of map.</summary>
    public MapType Type { get; set; }

    /// <summary>Bytes of a key; 0 where the kind has none.</summary>
    public int KeySize { get; set; }

    /// <summary>Bytes of a value (of one CPU's value for per-CPU kinds).</summary>
    public int ValueSize { get; set; }

    /// <summary>Number of elements; bytes for a ring buffer; pages for an arena. 0 if set later.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; set; }

    /// <summary>The kind's extra number (hash functions of a bloom filter, address of an arena).</summary>
    public ulong Extra { get; set; }

    /// <summary>NUMA node, with <see cref="MapFlags.NumaNode"/>.</summary>
    public uint NumaNode { get; set; }

    /// <summary>0: not pinned; 1: pinned by name; others are kept as found.</summary>
    public uint Pinning { get; set; }

    /// <summary>Directory or file to pin at, when not the default.</summary>
    public string? PinPath { get; set; }

    /// <summary>BTF id of the key's type in the object's BTF; 0 for none.</summary>
    public int KeyTypeId { get; set; }

    /// <summary>BTF id of the value's type in the object's BTF; 0 for none.</summary>
    public int ValueTypeId { get; set; }

    /// <summary>Shape of the inner maps, for maps of maps.</summary>
    public MapSpec? InnerMap { get; set; }

    /// <summary>Slots filled at load: maps or programs of the same object, by name.</summary>
    public IList<MapSlot> InitialSlots { get; } = [];

    /// <summary>What the object's section is, when this map is a data section or holds a kernel structure.</summary>
    public MapRole Role { get; set; }

    /// <summary>First contents (the whole value of element 0) of a data section or struct_ops map; else empty.</summary>
    public byte[] InitialData { get; set; } = [];

    /// <summary>Whether a host makes it (<see langword="false"/>: references to it are refused if reached).</summary>
    public bool AutoCreate { get; set; } = true;

    /// <summary>For a struct_ops map: the programs its function pointers name, by byte offset in the value.</summary>
    public IList<StructOpsMember> StructOpsPrograms { get; } = [];

    /// <summary>Addresses that <see cref="InitialData"/> should hold, by ascending offset.</summary>
    public IList<DataAddress> InitialAddresses { get; } = [];

    /// <summary>A copy that can be edited alone.</summary>
    public MapSpec Clone()
    {
        return new MapSpec
        {
            Name = Name,
            Type = Type,
            KeySize = KeySize,
            ValueSize = ValueSize,
            MaxEntries = MaxEntries,
            Flags = Flags,
            Extra = Extra,
            NumaNode = NumaNode,
            Pinning = Pinning,
            PinPath = PinPath,
            KeyTypeId = KeyTypeId,
            ValueTypeId = ValueTypeId,
            InnerMap = InnerMap?.Clone(),
            Role = Role,
            InitialData = (byte[])InitialData.Clone(),
            AutoCreate = AutoCreate,
        }.With(this);
    }

    private MapSpec With(MapSpec source)
    {
        foreach (MapSlot slot in source.InitialSlots)
        {
            InitialSlots.Add(slot);
        }

        foreach (StructOpsMember member in source.StructOpsPrograms)
        {
            StructOpsPrograms.Add(member);
        }

        foreach (DataAddress address in source.InitialAddresses)
        {
            InitialAddresses.Add(address);
        }

        return this;
    }
}
