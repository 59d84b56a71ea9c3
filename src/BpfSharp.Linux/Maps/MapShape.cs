using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;
using BpfSharp.Maps;

namespace BpfSharp.Linux.Maps;

/// <summary>What follows from a map's kind alone.</summary>
[SupportedOSPlatform("linux")]
internal static class MapShape
{
    internal static bool IsPerCpu(MapType type) => type is MapType.PerCpuHash or MapType.PerCpuArray
        or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    internal static bool IsMapOfMaps(MapType type) => type is MapType.ArrayOfMaps or MapType.HashOfMaps;

    /// <summary>Bytes of a value as user space reads it: per-CPU kinds give one per possible CPU, each rounded up to 8.</summary>
    internal static int UserValueBytes(MapType type, int valueSize) =>
        IsPerCpu(type) ? checked((valueSize + 7 & ~7) * Libc.PossibleCpus) : valueSize;

    /// <summary>Whether the kernel takes BTF ids for key and value; where it does not, they are left out.</summary>
    internal static bool TakesBtf(MapType type) => type is not (MapType.PerfEventArray or MapType.CgroupArray
        or MapType.StackTrace or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap or MapType.DevMapHash
        or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash or MapType.Queue or MapType.Stack
        or MapType.RingBuffer or MapType.UserRingBuffer or MapType.ProgramArray or MapType.ReuseportSockArray
        or MapType.StructOps or MapType.BloomFilter or MapType.Arena or MapType.InstructionArray);
}
