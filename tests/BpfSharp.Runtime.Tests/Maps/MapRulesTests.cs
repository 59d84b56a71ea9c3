using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Runtime.Tests.Maps;

/// <summary>What cannot be made, and why.</summary>
public sealed class MapRulesTests
{
    public static TheoryData<MapType, int, int, uint, MapFlags, ulong, string> Refused => new()
    {
        // type                 key   value       entries      flags                    extra  answer
        { MapType.Hash,         0,    8,          1,           0,                       0, "EINVAL" },
        { MapType.Hash,         4,    0,          1,           0,                       0, "EINVAL" },
        { MapType.Hash,         4,    8,          0,           0,                       0, "EINVAL" },
        { MapType.Hash,         4,    8,          1,           MapFlags.Mmapable,       0, "EINVAL" },
        { MapType.Hash,         4,    8,          1,           MapFlags.NoCommonLru,    0, "EINVAL" },
        { MapType.LruHash,      4,    8,          1,           MapFlags.NoPreallocate,  0, "ENOTSUPP" },
        { MapType.Array,        8,    8,          1,           0,                       0, "EINVAL" },
        { MapType.Array,        4,    8,          1,           MapFlags.NoPreallocate,  0, "EINVAL" },
        { MapType.PerCpuArray,  4,    32_776,     1,           0,                       0, "E2BIG" },
        { MapType.ProgramArray, 4,    8,          1,           0,                       0, "EINVAL" },
        { MapType.LpmTrie,      8,    4,          1,           0,                       0, "EINVAL" },
        { MapType.LpmTrie,      4,    4,          1,           MapFlags.NoPreallocate,  0, "EINVAL" },
        { MapType.LpmTrie,      261,  4,          1,           MapFlags.NoPreallocate,  0, "EINVAL" },
        { MapType.Queue,        4,    4,          1,           0,                       0, "EINVAL" },
        { MapType.RingBuffer,   4,    0,          4096,        0,                       0, "EINVAL" },
        { MapType.RingBuffer,   0,    0,          0,           0,                       0, "EINVAL" },
        { MapType.BloomFilter,  0,    4,          1,           0,                       16, "EINVAL" },
        { MapType.StackTrace,   4,    12,         1,           0,                       0, "EINVAL" },
        { MapType.StackTrace,   4,    8 * 128,    1,           0,                       0, "EINVAL" },
        { MapType.ArrayOfMaps,  4,    4,          1,           0,                       0, "EINVAL" },
        { MapType.CgroupStorage, 12,  8,          0,           0,                       0, "EINVAL" },
        { MapType.TaskStorage,  4,    8,          1,           MapFlags.NoPreallocate,  0, "EINVAL" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Shapes_the_kernel_refuses_are_refused(
        MapType type, int key, int value, uint entries, MapFlags flags, ulong extra, string errno)
    {
        MapSpec spec = new()
        {
            Name = "m",
            Type = type,
            KeySize = key,
            ValueSize = value,
            MaxEntries = entries,
            Flags = flags,
            Extra = extra,
        };
        BpfException error = Assert.Throws<BpfException>(() => MapFactory.Create(spec, null));
        Assert.Equal("BPF4210", error.Findings[0].Id);
        Assert.Contains(errno, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Findings[0].Suggestion);
    }

    [Theory]
    [InlineData(MapType.Hash, 4, 1 << 20, 4_000_000_000)]
    [InlineData(MapType.Array, 4, int.MaxValue - 8, 4_000_000_000)]
    [InlineData(MapType.PerCpuHash, 512, 32_768, 4_000_000_000)]
    [InlineData(MapType.RingBuffer, 0, 0, 1u << 31)]
    public void Memory_is_bounded(MapType type, int key, int value, uint entries)
    {
        MapSpec spec = new() { Name = "m", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries };
        Assert.Equal("BPF4211", Assert.Throws<BpfException>(() => MapFactory.Create(spec, null)).Findings[0].Id);
    }

    [Fact]
    public void Kinds_without_a_body_are_refused_by_name()
    {
        MapSpec spec = new() { Name = "m", Type = MapType.InstructionArray, KeySize = 4, ValueSize = 16, MaxEntries = 1 };
        Assert.Equal("BPF4201", Assert.Throws<BpfException>(() => MapFactory.Create(spec, null)).Findings[0].Id);
    }

    [Fact]
    public void What_objects_leave_to_the_loader_is_completed()
    {
        using RuntimeMap ring = MapFactory.Create(new MapSpec { Name = "r", Type = MapType.RingBuffer, MaxEntries = 5000 }, null);
        Assert.Equal(8192u, ring.Spec.MaxEntries);
        using RuntimeMap perf = MapFactory.Create(
            new MapSpec { Name = "p", Type = MapType.PerfEventArray, KeySize = 1, ValueSize = 9 }, null);
        Assert.Equal((4, 4), (perf.Spec.KeySize, perf.Spec.ValueSize));
        Assert.True(perf.Spec.MaxEntries > 0);
    }

    [Fact]
    public void A_disposed_map_refuses_use()
    {
        RuntimeMap map = MapFactory.Create(
            new MapSpec { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, null);
        map.Dispose();
        Assert.Throws<ObjectDisposedException>(() => map.Lookup(new byte[4], new byte[4]));
    }
}
