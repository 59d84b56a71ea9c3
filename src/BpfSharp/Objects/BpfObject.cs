using BpfSharp.Btf;

namespace BpfSharp.Objects;

/// <summary>An eBPF object as data: programs, maps, globals, types. Read, edit, then load it in a host.</summary>
/// <remarks>Reading gives the same data on every machine; only a host makes something live of it.</remarks>
public sealed partial class BpfObject
{
    /// <summary>Name for messages: the file's name, or what the maker chose.</summary>
    public string Name { get; set; } = "";

    /// <summary>Licence; helpers marked GPL-only need a compatible one.</summary>
    public string License { get; set; } = "";

    /// <summary>The <c>version</c> section's number; 0 if absent.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>
    /// Whether it was compiled for big-endian machines. Instructions and types are in this machine's order all the same; data
    /// sections too, where types say how.
    /// </summary>
    public bool IsBigEndian { get; set; }

    /// <summary>The object's types; <see langword="null"/> if it has none.</summary>
    public BtfFile? Btf { get; set; }

    /// <summary>Programs, in the order of the file.</summary>
    public IList<ProgramSpec> Programs { get; } = [];

    /// <summary>Maps, data sections included. Instructions refer to them by index: add at the end, never reorder.</summary>
    public IList<MapSpec> Maps { get; } = [];

    /// <summary>Kernel functions and variables the object uses. Instructions refer to them by index.</summary>
    public IList<ExternSpec> Externs { get; } = [];

    /// <summary>Global variables, by name unique in the object.</summary>
    public IList<GlobalVariable> Globals { get; } = [];

    /// <summary>Kernel configuration values that <c>.kconfig</c> expects.</summary>
    public IList<KconfigSpec> Kconfig { get; } = [];
}
