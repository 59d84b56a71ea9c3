using System.Buffers;
using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Types;

/// <summary>A file mapped read-only into memory: its pages are the kernel's, not this process's own.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly int _length;
    private byte* _address;

    private MappedFile(byte* address, int length)
    {
        _address = address;
        _length = length;
    }

    /// <summary>Maps a file; where that is not possible (BTF files before Linux 6.16), reads it.</summary>
    /// <returns>Its bytes; they live as long as they are referenced.</returns>
    internal static ReadOnlyMemory<byte> Open(string path)
    {
        int fd = Libc.Open(path, 0);
        if (fd >= 0)
        {
            using BpfHandle handle = BpfHandle.Of(fd);
            long length = new FileInfo(path).Length;
            if (length is > 0 and <= int.MaxValue
                && Libc.MmapPrivate(fd, (nuint)length) is var address && address != null)
            {
                return new MappedFile(address, (int)length).Memory;
            }
        }

        return File.ReadAllBytes(path);
    }

    public override Span<byte> GetSpan() => new(_address, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    public override void Unpin() { }

    // The kernel's types are kept for the life of the process; the mapping is never unmapped under a span.
    protected override void Dispose(bool disposing) => _address = null;
}
