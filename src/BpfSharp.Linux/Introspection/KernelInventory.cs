using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Links;

namespace BpfSharp.Linux.Introspection;

/// <summary>Everything that lives in the kernel, by id. Needs CAP_SYS_ADMIN.</summary>
/// <remarks>Things come and go while it is read: what vanishes between being listed and being asked is left out.</remarks>
[SupportedOSPlatform("linux")]
public static class KernelInventory
{
    /// <summary>All programs, oldest first.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static IEnumerable<ProgramInfo> Programs() => All(BpfCommand.ProgGetNextId, BpfCommand.ProgGetFdById, ProgramInfo.Read);

    /// <summary>All maps, oldest first.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static IEnumerable<MapInfo> Maps() => All(BpfCommand.MapGetNextId, BpfCommand.MapGetFdById, MapInfo.Read);

    /// <summary>All links, oldest first. Attachments of older kinds (tc filters, BPF_PROG_ATTACH) are none.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static IEnumerable<LinkInfo> Links() => All(BpfCommand.LinkGetNextId, BpfCommand.LinkGetFdById, LinkInfo.Read);

    /// <summary>All sets of types, the kernel's own first.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static IEnumerable<TypesInfo> Types() => All(BpfCommand.BtfGetNextId, BpfCommand.BtfGetFdById, TypesInfo.Read);

    /// <summary>The types with an id; <see langword="null"/> if they are gone.</summary>
    /// <param name="id">Their id.</param>
    public static Btf.BtfFile? TypesOf(uint id) => BpfSharp.Linux.Types.ProgramTypes.ById(id);

    private static IEnumerable<T> All<T>(BpfCommand next, BpfCommand open, Func<BpfHandle, T> read)
    {
        uint id = 0;
        while (true)
        {
            uint? following = BpfSyscall.NextId(next, id, out int errno);
            if (following is null)
            {
                if (errno == Errno.Enoent)
                {
                    yield break;
                }

                throw KernelException.Refused("BPF5025", "inventory", next.ToString(), errno);
            }

            id = following.Value;
            using BpfHandle? handle = BpfSyscall.OpenById(open, id, out errno);
            if (handle is not null)
            {
                yield return read(handle);
            }
            else if (errno != Errno.Enoent)
            {
                throw KernelException.Refused("BPF5025", $"id {id}", open.ToString(), errno);
            }
        }
    }
}
