using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Tests.Hosting;

public class SharedMapTests
{
    private const string Counter = """
        .map hits type=array key=4 value=8 entries=1
        .program count section=xdp
            r1 = map[hits][0]+0
            r2 = 1
            lock *(u64 *)(r1 +0) += r2
            r0 = 2
            exit
        """;

    [Theory]
    [InlineData(EngineChoice.Interpreter)]
    [InlineData(EngineChoice.Jit)]
    public void A_map_given_to_a_second_object_outlives_the_first(EngineChoice engine)
    {
        BpfObject source = ObjectAssembler.Assemble(Counter);
        LoadedObject first = BpfHost.InProcess.Load(source, new RuntimeOptions { Engine = engine });
        first.Program("count").Run(new byte[64]);
        RuntimeOptions options = new() { Engine = engine };
        options.ExistingMaps["hits"] = first.Map("hits");
        LoadedObject second = BpfHost.InProcess.Load(source, options);

        first.Dispose();
        GC.Collect();
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(2u, second.Program("count").Run(new byte[64]).ReturnValue);
        }

        byte[] value = new byte[8];
        Assert.Equal(0, second.Map("hits").Lookup(new byte[4], value));
        Assert.Equal(1001L, System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(value));
        second.Dispose();

        RuntimeOptions late = new();
        late.ExistingMaps["hits"] = second.Map("hits");
        Assert.Throws<ObjectDisposedException>(() => BpfHost.InProcess.Load(source, late));
    }
}
