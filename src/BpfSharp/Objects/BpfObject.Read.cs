using BpfSharp.Diagnostics;
using BpfSharp.Objects.Reading;
using BpfSharp.Objects.Writing;

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

    /// <summary>Writes the object as an ELF file that libbpf, bpftool and this library read.</summary>
    /// <returns>The file's bytes, little-endian.</returns>
    /// <exception cref="BpfException">The object holds what the format cannot say.</exception>
    public byte[] ToElf() => new ObjectWriter(this).Write();

    /// <summary>Writes the object as an ELF file that libbpf, bpftool and this library read.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="BpfException">The object holds what the format cannot say.</exception>
    public void Write(string path) => File.WriteAllBytes(path, ToElf());
}
