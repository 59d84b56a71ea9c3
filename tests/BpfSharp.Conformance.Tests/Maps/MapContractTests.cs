using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Conformance.Tests.Maps;

/// <summary>What maps do, operation by operation: the same table on every host.</summary>
public abstract class MapContractTests
{
    /// <summary>Name, shape and script of each case.</summary>
    public static TheoryData<string> Cases => [.. s_cases.Keys];

    /// <summary>The host under test; skips where it cannot run.</summary>
    protected abstract IBpfHost Host { get; }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operation_answers_as_the_table_says(string name)
    {
        (MapSpec spec, string script) = s_cases[name];
        using LoadedObject loaded = Host.Load(ObjectOf(spec.Clone()));
        List<string> wrong = MapScript.Run(loaded.Map(spec.Name), script);
        Assert.True(wrong.Count == 0, $"{name} on {Host.Name}:\n{string.Join('\n', wrong)}\n--- script\n{script}");
    }

    protected static BpfObject ObjectOf(params ReadOnlySpan<MapSpec> maps)
    {
        BpfObject source = new() { Name = "maps", License = "GPL" };
        foreach (MapSpec map in maps)
        {
            source.Maps.Add(map);
        }

        return source;
    }

    protected static MapSpec Spec(MapType type, int key, int value, uint entries, MapFlags flags = 0, ulong extra = 0) => new()
    {
        Name = "m",
        Type = type,
        KeySize = key,
        ValueSize = value,
        MaxEntries = entries,
        Flags = flags,
        Extra = extra,
    };

    private static readonly Dictionary<string, (MapSpec Spec, string Script)> s_cases = new()
    {
        ["hash"] = (Spec(MapType.Hash, 4, 8, 4), """
            get 1 -> ENOENT
            del 1 -> ENOENT
            set 1 10 exist -> ENOENT
            set 1 10 -> ok
            get 1 -> 10
            set 1 11 noexist -> EEXIST
            get 1 -> 10
            set 1 12 exist -> ok
            get 1 -> 12
            set 1 13 3 -> EINVAL
            set 1 13 8 -> EINVAL
            set 1 13 lock -> EINVAL     # the value holds no bpf_spin_lock
            get 1 lock -> EINVAL
            get 1 1 -> EINVAL
            set 2 20 noexist -> ok
            set 3 30 -> ok
            set 4 40 -> ok
            set 5 50 -> E2BIG
            set 4 41 -> ok              # replacing works in a full map
            get 4 -> 41
            keys -> 1 2 3 4
            batch -> 1=12 2=20 3=30 4=41
            take 2 -> 20
            take 2 -> ENOENT
            set 5 50 -> ok
            keys -> 1 3 4 5
            del 1 -> ok
            del 3 -> ok
            del 4 -> ok
            del 5 -> ok
            next -> ENOENT
            next 7 -> ENOENT
            batch -> 
            """),
        ["hash, added when needed"] = (Spec(MapType.Hash, 4, 8, 4, MapFlags.NoPreallocate), """
            fill 4 -> ok
            set 9 1 -> E2BIG
            set 0 5 -> ok
            get 0 -> 5
            del 0 -> ok
            set 9 1 -> ok
            keys -> 1 2 3 9
            """),
        ["hash, one entry"] = (Spec(MapType.Hash, 1, 1, 1), """
            set 255 7 -> ok
            set 254 8 -> E2BIG
            set 255 9 -> ok
            get 255 -> 9
            walk -> 255
            next 255 -> ENOENT
            """),
        ["hash, long key"] = (Spec(MapType.Hash, 37, 3, 100), """
            fill 100 -> ok
            get 99 -> 990
            count -> 100
            set 100 1 -> E2BIG
            del 50 -> ok
            count -> 99
            """),
        ["hash, 16-byte key"] = (Spec(MapType.Hash, 16, 4, 1000), """
            fill 1000 -> ok
            get 0 -> 0
            get 999 -> 9990
            get 1000 -> ENOENT
            count -> 1000
            """),
        ["hash, 8-byte key"] = (Spec(MapType.Hash, 8, 4, 1000), """
            fill 1000 -> ok
            get 4294967296 -> ENOENT
            set 4294967296 1 -> E2BIG
            get 999 -> 9990
            count -> 1000
            """),
        ["hash, programs may only read"] = (Spec(MapType.Hash, 4, 4, 2, MapFlags.ReadOnlyProgram), """
            set 1 1 -> ok
            get 1 -> 1
            freeze -> ok
            freeze -> EPERM
            set 1 2 -> EPERM
            del 1 -> EPERM
            get 1 -> 1
            """),
        ["hash, user space may only read"] = (Spec(MapType.Hash, 4, 4, 2, MapFlags.ReadOnlyUser), """
            set 1 1 -> EPERM
            get 1 -> ENOENT
            del 1 -> EPERM
            take 1 -> EPERM
            """),
        ["hash, user space may only write"] = (Spec(MapType.Hash, 4, 4, 2, MapFlags.WriteOnlyUser), """
            set 1 1 -> ok
            get 1 -> EPERM
            next -> EPERM
            batch -> EPERM
            """),
        ["array"] = (Spec(MapType.Array, 4, 8, 3), """
            get 0 -> 0
            set 0 1 -> ok
            set 2 3 exist -> ok
            set 1 1 noexist -> EEXIST
            set 3 1 -> E2BIG
            set 0 1 3 -> EINVAL
            set 0 1 lock -> EINVAL
            get 3 -> ENOENT
            del 0 -> EINVAL
            take 0 -> ENOTSUPP
            walk -> 0 1 2
            next 2 -> ENOENT
            next 3 -> 0
            next 4294967295 -> 0
            batch -> 0=1 1=0 2=3
            batch 2 -> 0=1 1=0 2=3
            freeze -> ok
            set 0 2 -> EPERM
            get 0 -> 1
            """),
        ["array, odd value"] = (Spec(MapType.Array, 4, 5, 2), """
            set 1 1099511627775 -> ok
            get 1 -> 1099511627775
            get 0 -> 0
            """),
        ["per-CPU array"] = (Spec(MapType.PerCpuArray, 4, 8, 2), """
            get 1 -> 0
            set 1 5 -> ok
            get 1 -> 5
            set 1 5 noexist -> EEXIST
            set 2 5 -> E2BIG
            del 1 -> EINVAL
            walk -> 0 1
            batch -> 0=0 1=5
            """),
        ["per-CPU hash"] = (Spec(MapType.PerCpuHash, 4, 8, 2), """
            set 1 5 exist -> ENOENT
            set 1 5 -> ok
            set 1 6 noexist -> EEXIST
            get 1 -> 5
            set 2 7 -> ok
            set 3 7 -> E2BIG
            batch -> 1=5 2=7
            take 1 -> 5
            del 2 -> ok
            next -> ENOENT
            """),
        ["LRU hash"] = (Spec(MapType.LruHash, 4, 8, 1000), """
            set 1 10 exist -> ENOENT
            set 1 10 -> ok
            set 1 11 noexist -> EEXIST
            set 1 12 exist -> ok
            get 1 -> 12
            del 1 -> ok
            del 1 -> ENOENT
            fill 5000 -> ok              # never full
            get 4999 -> 49990
            """),
        ["LRU per-CPU hash"] = (Spec(MapType.LruPerCpuHash, 4, 8, 1000), """
            set 1 10 -> ok
            get 1 -> 10
            fill 3000 -> ok
            get 2999 -> 29990
            take 2999 -> 29990
            get 2999 -> ENOENT
            """),
        ["longest prefix"] = (Spec(MapType.LpmTrie, 8, 4, 5, MapFlags.NoPreallocate), """
            get 10.0.0.1/32 -> ENOENT
            set 10.0.0.0/8 8 -> ok
            set 10.1.0.0/16 16 -> ok
            set 10.1.2.0/24 24 -> ok
            set 0.0.0.0/0 1 -> ok
            get 10.1.2.3/32 -> 24
            get 10.1.3.3/32 -> 16
            get 10.9.9.9/32 -> 8
            get 192.168.0.1/32 -> 1
            get 10.1.2.0/16 -> 16        # a shorter key finds shorter prefixes only
            set 10.1.0.0/16 17 noexist -> EEXIST
            set 10.2.0.0/16 17 exist -> ENOENT
            set 10.1.0.0/16 18 exist -> ok
            get 10.1.3.3/32 -> 18
            set 192.168.0.0/16 2 -> ok
            set 192.169.0.0/16 2 -> ENOSPC
            set 1.1.1.1/33 2 -> EINVAL
            get 1.1.1.1/33 -> ENOENT
            del 1.1.1.1/33 -> EINVAL
            set 1.1.1.1/32 2 8 -> EINVAL
            keys -> 0.0.0.0/0 10.0.0.0/8 10.1.0.0/16 10.1.2.0/24 192.168.0.0/16
            walk -> 10.1.2.0/24 10.1.0.0/16 10.0.0.0/8 192.168.0.0/16 0.0.0.0/0
            del 10.1.0.0/16 -> ok
            del 10.1.0.0/16 -> ENOENT
            get 10.1.3.3/32 -> 8
            get 10.1.2.3/32 -> 24
            del 0.0.0.0/0 -> ok
            get 11.0.0.1/32 -> ENOENT
            del 10.0.0.0/8 -> ok
            del 10.1.2.0/24 -> ok
            del 192.168.0.0/16 -> ok
            next -> ENOENT
            take 10.0.0.0/8 -> ENOTSUPP
            """),
        ["longest prefix, siblings"] = (Spec(MapType.LpmTrie, 8, 4, 100, MapFlags.NoPreallocate), """
            set 128.0.0.0/1 1 -> ok
            set 64.0.0.0/2 2 -> ok
            set 1.2.3.4/32 3 -> ok
            set 1.2.3.5/32 4 -> ok
            get 1.2.3.4/32 -> 3
            get 1.2.3.5/32 -> 4
            get 1.2.3.6/32 -> ENOENT
            get 65.0.0.0/32 -> 2
            del 1.2.3.4/32 -> ok
            get 1.2.3.4/32 -> ENOENT
            get 1.2.3.5/32 -> 4
            set 1.2.3.4/31 5 -> ok
            get 1.2.3.4/32 -> 5
            get 1.2.3.5/32 -> 4
            """),
        ["queue"] = (Spec(MapType.Queue, 0, 4, 3), """
            pop -> ENOENT
            peek -> ENOENT
            push 1 -> ok
            push 2 -> ok
            push 3 -> ok
            push 4 -> E2BIG
            peek -> 1
            push 4 exist -> ok           # drops the oldest
            peek -> 2
            push 5 noexist -> EINVAL
            pop -> 2
            pop -> 3
            pop -> 4
            pop -> ENOENT
            """),
        ["stack"] = (Spec(MapType.Stack, 0, 4, 3), """
            push 1 -> ok
            push 2 -> ok
            push 3 -> ok
            push 4 -> E2BIG
            push 4 exist -> ok
            peek -> 4
            pop -> 4
            pop -> 3
            pop -> 2
            pop -> ENOENT
            """),
        ["bloom filter"] = (Spec(MapType.BloomFilter, 0, 4, 100, extra: 3), """
            has 7 -> ENOENT
            push 7 -> ok
            has 7 -> ok
            has 1234567 -> ENOENT
            push 7 exist -> EINVAL
            pop -> ENOTSUPP
            """),
        ["device table"] = (Spec(MapType.DevMap, 4, 4, 4), """
            get 0 -> ENOENT
            set 4 1 -> E2BIG
            set 0 1 noexist -> EEXIST
            set 0 1 3 -> EINVAL
            set 0 1 -> ok                # the loopback device is there everywhere
            get 0 -> 1
            del 0 -> ok
            get 0 -> ENOENT
            del 4 -> EINVAL
            walk -> 0 1 2 3
            """),
        ["program array"] = (Spec(MapType.ProgramArray, 4, 4, 2), """
            get 0 -> ENOENT
            del 0 -> ENOENT
            del 2 -> E2BIG
            walk -> 0 1
            """),
        ["stack traces"] = (Spec(MapType.StackTrace, 4, 80, 16), """
            get 0 -> ENOENT
            set 0 1 -> EINVAL
            del 0 -> ENOENT
            del 16 -> E2BIG
            next -> ENOENT
            """),
        ["ring buffer"] = (Spec(MapType.RingBuffer, 0, 0, 4096), """
            next -> ENOTSUPP
            """),
    };
}
