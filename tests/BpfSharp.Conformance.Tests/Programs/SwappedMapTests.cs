using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>Inner maps are replaced and disposed while programs on other threads hold pointers into them.</summary>
public sealed class SwappedMapTests
{
    public static TheoryData<EngineChoice, bool> Engines => new()
    {
        { EngineChoice.Interpreter, true },
        { EngineChoice.Jit, true },
        { EngineChoice.Jit, false },
    };

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_running_program_never_loses_the_map_it_looks_at(EngineChoice engine, bool isChecked)
    {
        const int Swaps = 300;
        BpfObject source = BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "programs", "maps.o")).Clone();
        foreach (ProgramSpec program in source.Programs)
        {
            program.AutoLoad = program.Name == "map_in_map";
        }

        RuntimeOptions options = isChecked
            ? new() { Engine = engine, Checking = Checking.Always }
            : new() { Engine = engine, TrustEverything = true };
        using LoadedObject loaded = BpfHost.InProcess.Load(source, options);
        LoadedProgram live = loaded.Program("map_in_map");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int[] counts = new int[3];
        Task[] runners = [.. Enumerable.Range(0, counts.Length).Select(number => Task.Factory.StartNew(() =>
        {
            byte[] packet = new byte[60];
            while (!stop.IsCancellationRequested)
            {
                RunResult result = live.Run(packet);
                Assert.Null(result.Fault);
                Assert.True((int)result.ReturnValue > 0, $"the program returned {(int)result.ReturnValue}");
                Interlocked.Increment(ref counts[number]);
            }
        }, stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        IMapOfMaps<uint> outer = loaded.Map("outer").AsMapOfMaps<uint>();
        for (int i = 0; i < Swaps || (Array.IndexOf(counts, 0) >= 0 && i < 100 * Swaps); i++)
        {
            BpfObject spare = new() { Name = "spare", License = "GPL" };
            spare.Maps.Add(new MapSpec { Name = "inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
            using LoadedObject other = BpfHost.InProcess.Load(spare);
            outer[0] = other.Map("inner");
            await Task.Yield();
        }

        await stop.CancelAsync();
        await Task.WhenAll(runners);
        Assert.All(counts, runs => Assert.True(runs > 0));
        for (int i = 0; i < 500 && RetiredMemory.Count > 0; i++)
        {
            RetiredMemory.FreePassed();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, RetiredMemory.Count);
    }

    [Fact]
    public void Disposing_an_object_while_its_programs_run_ends_them_cleanly()
    {
        for (int round = 0; round < 20; round++)
        {
            BpfObject source = BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "programs", "maps.o")).Clone();
            foreach (ProgramSpec program in source.Programs)
            {
                program.AutoLoad = program.Name == "flow_table";
            }

            LoadedObject loaded = BpfHost.InProcess.Load(source, new RuntimeOptions { TrustEverything = true, Engine = EngineChoice.Jit });
            LoadedProgram live = loaded.Program("flow_table");
            LoadedMap map = loaded.Map("flows");
            using Barrier start = new(3);
            Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    while (true)
                    {
                        live.Run(TestPackets.All[0]);
                        map.NextKey([], new byte[map.Spec.KeySize]);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // The only way out.
                }
            }))];
            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            start.SignalAndWait();
            Thread.Sleep(2);
            loaded.Dispose();
            Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "a run outlives its object for ever"));
        }
    }
}
