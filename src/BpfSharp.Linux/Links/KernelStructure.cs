using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;

namespace BpfSharp.Linux.Links;

/// <summary>The registration of a kernel operations structure, for example a TCP congestion control.</summary>
/// <param name="Map">Its map's name.</param>
public sealed record KernelStructure(string Map) : AttachPoint;

/// <summary>Registers kernel operations structures.</summary>
[SupportedOSPlatform("linux")]
public static class KernelStructureAttachment
{
    /// <summary>Registers a structure of the object: from now on the kernel uses it.</summary>
    /// <param name="loaded">The object.</param>
    /// <param name="map">Name of the structure's variable.</param>
    /// <returns>The registration; a BPF link if the object declares it in <c>.struct_ops.link</c>.</returns>
    /// <exception cref="KernelException">The map is no such structure, or the kernel refused.</exception>
    public static KernelLink AttachStructure(this KernelObject loaded, string map)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        KernelMap structure = (KernelMap)loaded.Map(map);
        byte[] value = structure.PendingStructure ?? throw KernelException.Missing("BPF5011", $"map '{map}'",
            "it is no kernel operations structure of this load", "attach programs by LoadedProgram.Attach");
        int result = structure.Update(new byte[4], value);
        if (result is < 0 and not -Errno.Ebusy)
        {
            throw KernelException.Refused("BPF5011", $"map '{map}'", "BPF_MAP_UPDATE_ELEM", -result, "register the structure",
                result == -Errno.Eexist ? "a structure of this name is registered already" : null);
        }

        KernelStructure point = new(map);
        if (structure.Spec.Flags.HasFlag(BpfSharp.Maps.MapFlags.Link))
        {
            LinkCreateAttr attr = new() { ProgFd = (uint)structure.FileDescriptor, AttachType = (uint)AttachType.StructOps };
            return BpfLink.TryCreate(ref attr, point, out int errno)
                ?? throw KernelException.Refused("BPF5011", $"map '{map}'", "BPF_LINK_CREATE", errno, "register the structure");
        }

        BpfHandle held = structure.Handle.Duplicate();
        return new HeldLink(point, () =>
        {
            using (held)
            {
                using KernelMap same = MapIdentity.Of(held);
                _ = same.Delete(new byte[4]);
            }
        });
    }
}
