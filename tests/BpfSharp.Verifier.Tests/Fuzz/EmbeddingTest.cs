using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Verifier.Tests.Fuzz;

/// <summary>State embedding over the programs of the repository: objects built from C, pairs of C and C#, samples.</summary>
public class EmbeddingTest
{
    private const int LongestPacket = 200;

    [Fact]
    public void States_of_all_test_programs_stay_inside_the_claims()
    {
        int programs = 0;
        long steps = 0;
        long compared = 0;
        List<string> broken = [];
        foreach (string path in Objects())
        {
            BpfObject source;
            try
            {
                source = BpfObject.Read(path);
            }
            catch (BpfException)
            {
                // Some are there to be refused when read.
                continue;
            }

            foreach (ProgramSpec spec in source.Programs)
            {
                if (Run(source, spec) is not { } embedding)
                {
                    continue;
                }

                programs++;
                steps += embedding.Steps;
                compared += embedding.Compared;
                if (embedding.Broken is { } what)
                {
                    broken.Add($"{Path.GetFileName(path)} {spec.Name}: {what}");
                }
            }
        }

        Assert.True(broken.Count == 0, $"{broken.Count} of {programs}:\n{string.Join('\n', broken)}");
        Assert.True(programs >= 80, $"only {programs} programs ran");
        Assert.True(compared > 20 * programs && steps > 10 * programs, $"{programs} programs, {steps} steps, {compared} values compared");
        TestContext.Current.TestOutputHelper?.WriteLine($"{programs} programs, {steps} steps, {compared} values compared");
    }

    private static IEnumerable<string> Objects() =>
        new[] { "tests/data/programs", "tests/data/pairs", "tests/data/objects", "tests/data/verifier", "samples" }
            .Select(folder => Path.Combine(TestPaths.Repository, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.o", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    // Null: not accepted, or nothing that runs in process.
    private static Embedding? Run(BpfObject source, ProgramSpec spec)
    {
        BpfObject mine = source.Clone();
        foreach (ProgramSpec other in mine.Programs)
        {
            other.AutoLoad = other.Name == spec.Name;
        }

        try
        {
            using LoadedObject loaded = InProcessHost.Instance.Load(
                mine, new RuntimeOptions { Engine = EngineChoice.Interpreter, Checking = Checking.Always, Fuel = 2_000_000 });
            LoadedProgram program = loaded.Program(spec.Name);

            // What was loaded is judged: the host has put in what it decides, as CO-RE results and read-only settings.
            if (Embedding.Of(mine, program.Spec) is not { } embedding)
            {
                return null;
            }

            int seed = spec.Name.Aggregate(17, (hash, c) => (hash * 31) + c);
            for (int run = 0; run < 6 && embedding.Broken is null; run++)
            {
                _ = embedding.Run(program, Input(spec.Type, new Random(seed + run), run));
                Fill(loaded, new Random(seed - run));
            }

            return embedding;
        }
        catch (BpfException)
        {
            return null;
        }
        catch (ArgumentException)
        {
            // The hook wants another input than the one made here.
            return null;
        }
    }

    private static RunInput Input(ProgramType type, Random random, int run)
    {
        byte[] packet = new byte[run switch { 0 => 14, 1 => 64, _ => random.Next(14, LongestPacket) }];
        random.NextBytes(packet);
        if (run % 2 == 0 && packet.Length >= 34)
        {
            // A plausible IPv4 header: the deeper paths of parsers begin behind it.
            packet[12] = 8;
            packet[13] = 0;
            packet[14] = 0x45;
            packet[23] = (byte)(run == 2 ? 6 : 17);
        }

        bool hasPacket = type is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp
            or ProgramType.CgroupSkb or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.SkSkb
            or ProgramType.FlowDissector;
        if (hasPacket)
        {
            return new RunInput { Packet = packet };
        }

        byte[] context = new byte[type == ProgramType.SkLookup ? 72 : 128];
        random.NextBytes(context);
        return new RunInput { Context = type is ProgramType.RawTracepoint or ProgramType.Tracepoint or ProgramType.Kprobe or ProgramType.SkLookup ? context : default };
    }

    // Values the next run finds: random, under the first keys.
    private static void Fill(LoadedObject loaded, Random random)
    {
        foreach (LoadedMap map in loaded.Maps.Values)
        {
            if (map.Spec.Type is not (MapType.Array or MapType.Hash or MapType.LruHash) || map.Spec.Role == MapRole.ReadOnlyData
                || map.Spec.ValueTypeId != 0 && map.Spec.Role == MapRole.User && map.Spec.Type == MapType.Array && map.Spec.MaxEntries > 64)
            {
                continue;
            }

            byte[] value = new byte[map.ValueBytes];
            byte[] key = new byte[map.Spec.KeySize];
            for (int k = 0; k < 3; k++)
            {
                random.NextBytes(value);
                key[0] = (byte)k;
                _ = map.Update(key, value);
            }
        }
    }
}
