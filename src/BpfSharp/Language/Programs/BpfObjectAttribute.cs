namespace BpfSharp.Language;

/// <summary>Marks a static class that is an eBPF object: its programs, maps and global variables.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BpfObjectAttribute : Attribute
{
    /// <summary>The object's licence; many helpers need a GPL-compatible one.</summary>
    public string License { get; set; } = "GPL";

    /// <summary>The object's name in messages and files; the class's name if not given.</summary>
    public string? Name { get; set; }
}
