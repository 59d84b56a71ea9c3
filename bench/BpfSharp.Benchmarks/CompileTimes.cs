using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Jit;

namespace BpfSharp.Benchmarks;

/// <summary>Time to compile each workload when the compiler itself is warm.</summary>
internal static class CompileTimes
{
    private const int Rounds = 30;
    private const int WarmUpPasses = 8;

    public static int Run()
    {
        Console.WriteLine($"{"workload",-10} {"slots",6} {"unchecked us",13} {"checked us",11}");
        List<double> all = [];
        List<double> allChecked = [];
        WarmUp();
        foreach ((string name, _) in Workloads.All)
        {
            BpfObject source = BpfObject.Read(Path.Combine(Workloads.Folder, name + ".plain.o"));
            double plain = Measure(source, isChecked: false);
            double safe = Measure(source, isChecked: true);
            all.Add(plain);
            allChecked.Add(safe);
            Console.WriteLine($"{name,-10} {source.Programs[0].Instructions.Length,6} {plain,13:F0} {safe,11:F0}");
        }

        Console.WriteLine($"geomean {Math.Exp(all.Average(Math.Log)):F0} us unchecked, {Math.Exp(allChecked.Average(Math.Log)):F0} us checked");
        return 0;
    }

    /// <summary>
    /// Compiles every workload until the compiler's own methods have reached their last tier: "warm" means a host that has loaded programs
    /// before, not a process whose every second call still runs unoptimised code.
    /// </summary>
    private static void WarmUp()
    {
        for (int pass = 0; pass < WarmUpPasses; pass++)
        {
            foreach ((string name, _) in Workloads.All)
            {
                BpfObject source = BpfObject.Read(Path.Combine(Workloads.Folder, name + ".plain.o"));
                Measure(source, isChecked: pass % 2 == 0);
            }

            Thread.Sleep(100);
        }
    }

    private static double Measure(BpfObject source, bool isChecked)
    {
        using InProcessObject loaded = (InProcessObject)InProcessHost.Instance.Load(source, new RuntimeOptions
        {
            Engine = EngineChoice.Interpreter,
            Checking = Checking.Always,
            TrustEverything = !isChecked,
        });
        RuntimeProgram program = ((InProcessProgram)loaded.Programs.Values.First()).Code;
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            long start = CpuClock.Now;
            GC.KeepAlive(ProgramCompiler.Compile(program));
            best = Math.Min(best, (CpuClock.Now - start) / 1000.0);
        }

        return best;
    }
}
