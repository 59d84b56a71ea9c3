namespace BpfSharp.Btf;

/// <summary>A set of types in the BPF Type Format.</summary>
public sealed partial class BtfFile
{
}
