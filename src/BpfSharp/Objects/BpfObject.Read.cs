using BpfSharp.Diagnostics;
using BpfSharp.Objects.Reading;

namespace BpfSharp.Objects;

public sealed partial class BpfObject
{
    /// <summary>Reads an object file (ELF, as clang and bpftool write it).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ObjectFormatException">It is no eBPF object, is damaged, or holds what cannot be understood.</exception>
    public static BpfObject Read(string path) => Read(File.ReadAllBytes(path), Path.GetFileNameWithoutExtension(path));

    /// <summary>Reads an object file (ELF, as clang and bpftool write it).</summary>
    /// <param name="data">Its bytes; they must not change while the object lives.</param>
    /// <param name="name">Name for messages, and of the object.</param>
    /// <exception cref="ObjectFormatException">It is no eBPF object, is damaged, or holds what cannot be understood.</exception>
    public static BpfObject Read(ReadOnlyMemory<byte> data, string name = "object") => new ObjectReader(data, name).Read();
}
