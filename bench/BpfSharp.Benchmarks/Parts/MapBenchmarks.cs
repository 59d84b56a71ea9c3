using BenchmarkDotNet.Attributes;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Benchmarks.Parts;

/// <summary>Maps in process, as user code sees them, and the cost of one run of an empty program.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class MapBenchmarks
{
    private LoadedObject _loaded = null!;
    private IHashMap<uint, ulong> _hash = null!;
    private LoadedProgram _empty = null!;
    private uint _key;

    [GlobalSetup]
    public void Prepare()
    {
        _loaded = BpfHost.InProcess.Load(
            ObjectAssembler.Assemble(".map h type=hash key=4 value=8 entries=4096\n.program empty section=xdp\nr0 = 2\nexit"),
            new RuntimeOptions { Engine = EngineChoice.Jit });
        _hash = _loaded.Map("h").AsHash<uint, ulong>();
        for (uint i = 0; i < 4096; i++)
        {
            _hash[i] = i;
        }

        _empty = _loaded.Program("empty");
    }

    [GlobalCleanup]
    public void Clean() => _loaded.Dispose();

    [Benchmark(Description = "get from a hash of 4,096")]
    public ulong Get() => _hash[_key++ & 4095];

    [Benchmark(Description = "replace in it")]
    public void Set() => _hash[_key++ & 4095] = _key;

    [Benchmark(Description = "walk all of it")]
    public ulong Walk()
    {
        ulong sum = 0;
        foreach (KeyValuePair<uint, ulong> element in _hash)
        {
            sum += element.Value;
        }

        return sum;
    }

    [Benchmark(Description = "one run of an empty XDP program on 64 bytes")]
    public ulong Run() => _empty.Run(s_packet).ReturnValue;

    private static readonly byte[] s_packet = new byte[64];
}
