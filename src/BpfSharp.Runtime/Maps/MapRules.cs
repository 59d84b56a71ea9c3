using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Maps;

/// <summary>What the kernel allows a kind of map to look like; one row per kind.</summary>
/// <param name="Type">Kind of map.</param>
/// <param name="KeyMin">Fewest bytes of a key.</param>
/// <param name="KeyMax">Most bytes of a key.</param>
/// <param name="ValueMin">Fewest bytes of a value.</param>
/// <param name="ValueMax">Most bytes of a value.</param>
/// <param name="ValueStep">What the value's size must be a multiple of.</param>
/// <param name="NeedsEntries">Whether there must be entries; otherwise there must be none.</param>
/// <param name="Needed">Flags that must be set.</param>
/// <param name="Allowed">Flags that may be set.</param>
internal sealed record MapRule(
    MapType Type,
    int KeyMin,
    int KeyMax,
    int ValueMin,
    int ValueMax,
    int ValueStep,
    bool NeedsEntries,
    MapFlags Needed,
    MapFlags Allowed);

/// <summary>Checks maps before they are made, with the kernel's rules and limits.</summary>
internal static class MapRules
{
    /// <summary>Most bytes of a value with a copy per CPU (<c>PCPU_MIN_UNIT_SIZE</c>).</summary>
    private const int PerCpuMax = 32_768;

    private const int Big = int.MaxValue - 8;
    private const int StackDepth = 127;
    private const MapFlags Access =
        MapFlags.ReadOnlyUser | MapFlags.WriteOnlyUser | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;
    private const MapFlags Common = Access | MapFlags.NumaNode;
    private const MapFlags HashFlags = Common | MapFlags.ZeroSeed;
    private const MapFlags DeviceFlags = MapFlags.ReadOnlyUser | MapFlags.WriteOnlyUser | MapFlags.NumaNode;
    private const MapFlags StorageFlags = MapFlags.NoPreallocate | MapFlags.Clone;

    // Sources: what BPF_MAP_CREATE answered on Linux 6.18, kind by kind.
    private static readonly MapRule[] s_rows =
    [
        //                                  key      value             entries  needed flags            allowed flags
        new(MapType.Hash,                   1, 512,  1, Big, 1,        true,  0,                        HashFlags | MapFlags.NoPreallocate),
        new(MapType.PerCpuHash,             1, 512,  1, PerCpuMax, 1,  true,  0,                        HashFlags | MapFlags.NoPreallocate),
        new(MapType.LruHash,                1, 512,  1, Big, 1,        true,  0,                        HashFlags | MapFlags.NoCommonLru),
        new(MapType.LruPerCpuHash,          1, 512,  1, PerCpuMax, 1,  true,  0,                        HashFlags | MapFlags.NoCommonLru),
        new(MapType.HashOfMaps,             1, 512,  4, 4, 1,          true,  0,                        HashFlags | MapFlags.NoPreallocate),
        new(MapType.Array,                  4, 4,    1, Big, 1,        true,  0,                        Common | MapFlags.Mmapable | MapFlags.InnerMap),
        new(MapType.PerCpuArray,            4, 4,    1, PerCpuMax, 1,  true,  0,                        Common),
        new(MapType.ArrayOfMaps,            4, 4,    4, 4, 1,          true,  0,                        Common),
        new(MapType.ProgramArray,           4, 4,    4, 4, 1,          true,  0,                        DeviceFlags),
        new(MapType.PerfEventArray,         4, 4,    4, 4, 1,          true,  0,                        Common | MapFlags.PreserveElements),
        new(MapType.CgroupArray,            4, 4,    4, 4, 1,          true,  0,                        DeviceFlags),
        new(MapType.StackTrace,             4, 4,    8, 32 * StackDepth, 8, true, 0,                    DeviceFlags | MapFlags.StackBuildId),
        new(MapType.LpmTrie,                5, 260,  1, Big, 1,        true,  MapFlags.NoPreallocate,   Common | MapFlags.NoPreallocate),
        new(MapType.Queue,                  0, 0,    1, Big, 1,        true,  0,                        Common),
        new(MapType.Stack,                  0, 0,    1, Big, 1,        true,  0,                        Common),
        new(MapType.BloomFilter,            0, 0,    1, Big, 1,        true,  0,                        HashFlags),
        new(MapType.RingBuffer,             0, 0,    0, 0, 1,          true,  0,                        MapFlags.NumaNode),
        new(MapType.UserRingBuffer,         0, 0,    0, 0, 1,          true,  0,                        MapFlags.NumaNode),
        new(MapType.DevMap,                 4, 4,    4, 8, 4,          true,  0,                        DeviceFlags),
        new(MapType.DevMapHash,             4, 4,    4, 8, 4,          true,  0,                        DeviceFlags),
        new(MapType.CpuMap,                 4, 4,    4, 8, 4,          true,  0,                        MapFlags.NumaNode),
        new(MapType.XskMap,                 4, 4,    4, 4, 1,          true,  0,                        DeviceFlags),
        new(MapType.SockMap,                4, 4,    4, 8, 4,          true,  0,                        DeviceFlags),
        new(MapType.SockHash,               1, 512,  4, 8, 4,          true,  0,                        DeviceFlags),
        new(MapType.ReuseportSockArray,     4, 4,    4, 8, 4,          true,  0,                        Common),
        new(MapType.SkStorage,              4, 4,    1, 65_408, 1,     false, MapFlags.NoPreallocate,   StorageFlags),
        new(MapType.TaskStorage,            4, 4,    1, 65_408, 1,     false, MapFlags.NoPreallocate,   StorageFlags),
        new(MapType.InodeStorage,           4, 4,    1, 65_408, 1,     false, MapFlags.NoPreallocate,   StorageFlags),
        new(MapType.CgroupLocalStorage,     4, 4,    1, 65_408, 1,     false, MapFlags.NoPreallocate,   StorageFlags),
        new(MapType.CgroupStorage,          8, 16,   1, 65_536, 1,     false, 0,                        Common),
        new(MapType.PerCpuCgroupStorage,    8, 16,   1, PerCpuMax, 1,  false, 0,                        Common),
    ];

    /// <summary>Most bytes one map may take, unless an option says otherwise.</summary>
    public const long DefaultMaxBytes = 1L << 30;

    /// <summary>Completes what objects leave to the loader, as common loaders do.</summary>
    /// <param name="spec">A copy of the object's declaration.</param>
    public static void Complete(MapSpec spec)
    {
        if (spec.Type == MapType.PerfEventArray)
        {
            spec.KeySize = sizeof(uint);
            spec.ValueSize = sizeof(uint);
            spec.MaxEntries = spec.MaxEntries == 0 ? (uint)CpuSlots.Count : spec.MaxEntries;
        }
        else if (spec.Type == MapType.StackTrace && spec.ValueSize == 0)
        {
            spec.ValueSize = 8 * StackDepth;
        }
        else if (spec.Type is MapType.RingBuffer or MapType.UserRingBuffer && spec.MaxEntries is > 0 and <= 1u << 31)
        {
            spec.MaxEntries = Math.Max(4096, System.Numerics.BitOperations.RoundUpToPowerOf2(spec.MaxEntries));
        }
    }

    /// <summary>Checks a map; throws if it cannot be made.</summary>
    /// <param name="spec">What it is to look like.</param>
    /// <param name="maxBytes">Most bytes it may take.</param>
    /// <exception cref="BpfException">It is not allowed (BPF4210), or too big (BPF4211).</exception>
    public static void Check(MapSpec spec, long maxBytes)
    {
        MapRule? rule = Array.Find(s_rows, row => row.Type == spec.Type);
        if (rule is null)
        {
            throw Refuse(spec, $"maps of kind {spec.Type} do not run in process", Errno.Einval, "load the object in the kernel");
        }

        if (spec.Type is MapType.LruHash or MapType.LruPerCpuHash && (spec.Flags & MapFlags.NoPreallocate) != 0)
        {
            throw Refuse(spec, "an LRU map has the flag NoPreallocate", Errno.Enotsupp, "take the flag away");
        }

        if (spec.KeySize < rule.KeyMin || spec.KeySize > rule.KeyMax
            || (rule is { KeyMin: 8, KeyMax: 16 } && spec.KeySize is not (8 or 16)))
        {
            throw Refuse(spec, $"the key has {spec.KeySize} bytes", Errno.Einval, $"{spec.Type} needs {Range(rule.KeyMin, rule.KeyMax)}");
        }

        if (spec.ValueSize < rule.ValueMin || spec.ValueSize > rule.ValueMax || spec.ValueSize % rule.ValueStep != 0)
        {
            int errno = rule.ValueMax == PerCpuMax && spec.ValueSize > PerCpuMax ? Errno.E2Big : Errno.Einval;
            throw Refuse(spec, $"the value has {spec.ValueSize} bytes", errno, $"{spec.Type} needs {Range(rule.ValueMin, rule.ValueMax)}");
        }

        if (rule.NeedsEntries != spec.MaxEntries > 0)
        {
            throw Refuse(
                spec, $"it has {spec.MaxEntries} entries", Errno.Einval,
                rule.NeedsEntries ? "set MaxEntries before loading" : $"{spec.Type} takes 0 entries");
        }

        if ((spec.Flags & rule.Needed) != rule.Needed || (spec.Flags & ~rule.Allowed) != 0)
        {
            throw Refuse(
                spec, $"it has the flags {spec.Flags}", Errno.Einval,
                $"{spec.Type} needs {rule.Needed} and allows {rule.Allowed}");
        }

        CheckKind(spec);
        long bytes = Estimate(spec);
        if (bytes > maxBytes)
        {
            throw new BpfException(new Finding
            {
                Id = "BPF4211",
                Where = $"map '{spec.Name}'",
                Message = $"it would take {bytes:N0} bytes, {maxBytes:N0} are allowed",
                Suggestion = "make it smaller before loading, or allow more in the load options",
            });
        }
    }

    private static void CheckKind(MapSpec spec)
    {
        bool isRing = spec.Type is MapType.RingBuffer or MapType.UserRingBuffer;
        if (isRing && ((spec.MaxEntries & (spec.MaxEntries - 1)) != 0 || spec.MaxEntries % 4096 != 0))
        {
            throw Refuse(spec, $"its size is {spec.MaxEntries} bytes", Errno.Einval, "a ring's size is a power of two and whole pages");
        }

        if (spec.Type == MapType.BloomFilter && spec.Extra > 15)
        {
            throw Refuse(spec, $"it has {spec.Extra} hash functions", Errno.Einval, "0 (for 5) to 15 are allowed");
        }

        if (spec.Type == MapType.StackTrace)
        {
            int frame = (spec.Flags & MapFlags.StackBuildId) != 0 ? 32 : 8;
            if (spec.ValueSize % frame != 0 || spec.ValueSize / frame > StackDepth)
            {
                throw Refuse(spec, $"the value has {spec.ValueSize} bytes", Errno.Einval, $"{frame} bytes a frame, at most {StackDepth} frames");
            }
        }

        if (spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps
            && (spec.InnerMap is null || spec.InnerMap.Type is MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgramArray))
        {
            throw Refuse(
                spec, spec.InnerMap is null ? "the inner map's shape is not given" : $"the inner map is a {spec.InnerMap.Type}",
                Errno.Einval, "give InnerMap a shape that is no map of maps");
        }
    }

    /// <summary>Bytes a map will take at most, near enough.</summary>
    private static long Estimate(MapSpec spec)
    {
        decimal value = Bytes.RoundUp8(Math.Max(spec.ValueSize, 1));
        decimal copies = spec.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash ? CpuSlots.Count : 1;
        decimal perEntry = spec.Type switch
        {
            MapType.RingBuffer or MapType.UserRingBuffer => 2,
            MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps
                or MapType.DevMapHash or MapType.SockHash =>
                HashNode.HeaderBytes + Bytes.RoundUp8(spec.KeySize) + 16 + (value * copies),
            MapType.BloomFilter => 2,
            MapType.Unspecified or MapType.Array or MapType.ProgramArray or MapType.PerfEventArray or MapType.PerCpuArray
                or MapType.StackTrace or MapType.CgroupArray or MapType.LpmTrie or MapType.ArrayOfMaps or MapType.DevMap
                or MapType.SockMap or MapType.CpuMap or MapType.XskMap or MapType.CgroupStorage
                or MapType.ReuseportSockArray or MapType.PerCpuCgroupStorage or MapType.Queue or MapType.Stack
                or MapType.SkStorage or MapType.StructOps or MapType.InodeStorage or MapType.TaskStorage
                or MapType.CgroupLocalStorage or MapType.Arena or MapType.InstructionArray => value * copies,
            _ => value * copies,
        };
        return (long)Math.Min(long.MaxValue, perEntry * spec.MaxEntries);
    }

    private static string Range(int low, int high) =>
        low == high ? $"{low}" : high >= Big ? $"at least {low}" : $"{low} to {high}";

    private static BpfException Refuse(MapSpec spec, string found, int errno, string next) => new(new Finding
    {
        Id = "BPF4210",
        Where = $"map '{spec.Name}'",
        Message = $"{found} ({Errno.NameOf(errno)})",
        Suggestion = next,
    });
}
