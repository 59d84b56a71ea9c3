using BpfSharp.Diagnostics;
using BpfSharp.Objects.Reading;
using BpfSharp.Objects.Writing;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.Objects;

public sealed partial class BpfObject
{
    /// <summary>Reads an object file (ELF, as clang and bpftool write it).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ObjectFormatException">It is no eBPF object, is damaged, or holds what cannot be understood.</exception>
    public static BpfObject Read(string path) => Read(ReadFile(path), Path.GetFileNameWithoutExtension(path));

    /// <summary>Reads an object file (ELF, as clang and bpftool write it).</summary>
    /// <param name="data">Its bytes; they must not change while the object lives.</param>
    /// <param name="name">Name for messages, and of the object.</param>
    /// <exception cref="ObjectFormatException">It is no eBPF object, is damaged, or holds what cannot be understood.</exception>
    public static BpfObject Read(ReadOnlyMemory<byte> data, string name = "object") => new ObjectReader(data, name).Read();

    /// <summary>As File.ReadAllBytes, without locking the file.</summary>
    private static byte[] ReadFile(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        if (length is <= 0 or > int.MaxValue)
        {
            // Files that do not know their length, and those too long for an array.
            return File.ReadAllBytes(path);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        int read = 0;
        while (read < bytes.Length)
        {
            int more = RandomAccess.Read(file, bytes.AsSpan(read), read);
            if (more == 0)
            {
                return bytes[..read];
            }

            read += more;
        }

        return bytes;
    }

    /// <summary>Writes the object as an ELF file that libbpf, bpftool and this library read.</summary>
    /// <returns>The file's bytes, little-endian.</returns>
    /// <exception cref="BpfException">The object holds what the format cannot say.</exception>
    public byte[] ToElf() => new ObjectWriter(this).Write();

    /// <summary>Writes the object as an ELF file that libbpf, bpftool and this library read.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="BpfException">The object holds what the format cannot say.</exception>
    public void Write(string path) => File.WriteAllBytes(path, ToElf());
}
