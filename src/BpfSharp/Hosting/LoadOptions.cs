namespace BpfSharp.Hosting;

/// <summary>How a host loads. Hosts derive from it to add their own choices.</summary>
public class LoadOptions
{
    /// <summary>The target's types for CO-RE; <see langword="null"/>: the running kernel's, or in process the object's own.</summary>
    public Btf.BtfFile? TargetBtf { get; init; }

    /// <summary>Maps that already live and serve instead of new ones, by the name in the object.</summary>
    public IDictionary<string, LoadedMap> ExistingMaps { get; } = new Dictionary<string, LoadedMap>();
}
