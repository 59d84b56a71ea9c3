using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Introspection;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Programs;

public sealed partial class KernelProgram
{
    /// <summary>The kernel's description, read anew.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public ProgramInfo Info => ProgramInfo.Read(_handle);

    /// <summary>The program pinned at a path.</summary>
    /// <param name="path">A file of a bpf file system.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelProgram OpenPinned(string path) => FromHandle(Pinning.Open("program", path));

    /// <summary>The program with an id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static KernelProgram OpenById(uint id) => FromHandle(BpfSyscall.OpenById(BpfCommand.ProgGetFdById, id, out int errno)
        ?? throw KernelException.Refused("BPF5025", $"program {id}", "BPF_PROG_GET_FD_BY_ID", errno));

    /// <summary>Keeps the program loaded under a path of a bpf file system, also after this process.</summary>
    /// <param name="path">Where; its directory must exist in a bpf file system.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public void Pin(string path) => Pinning.Pin(_handle, $"program '{Name}'", path);

    /// <summary>Its instructions, machine code and source lines as the kernel has them.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public ProgramCode ReadCode() => ProgramCode.Read(_handle);

    /// <summary>Reads what the program printed to one of its streams (Linux 6.17).</summary>
    /// <param name="stream">1 for output, 2 for errors (where the kernel reports faults).</param>
    /// <param name="buffer">Room for text.</param>
    /// <returns>How many bytes were read; 0 if there is nothing.</returns>
    /// <exception cref="KernelException">The kernel has no streams, or refused.</exception>
    public unsafe int ReadStream(int stream, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            StreamReadAttr attr = new()
            {
                StreamBuf = (ulong)pointer,
                StreamBufLen = (uint)buffer.Length,
                StreamId = (uint)stream,
                ProgFd = (uint)_handle.Fd,
            };
            int result = BpfSyscall.Call(BpfCommand.ProgStreamReadByFd, ref attr);
            return result >= 0 ? result : throw KernelException.Refused("BPF5025", $"program '{Name}'", "BPF_PROG_STREAM_READ_BY_FD", -result,
                null, "program streams need Linux 6.17");
        }
    }

    private static KernelProgram FromHandle(BpfHandle handle)
    {
        try
        {
            ProgramInfo info = ProgramInfo.Read(handle);
            return new KernelProgram(handle, new ProgramSpec { Name = info.Name, Type = info.Type }, "");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
