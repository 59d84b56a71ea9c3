using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Maps;

namespace BpfSharp.Benchmarks;

/// <summary>All engines and the native twins in one process, slice by slice in turn; prints times and ratios.</summary>
internal static unsafe class Ratios
{
    private const double SliceNanoseconds = 1_000_000;

    private static readonly string[] s_columns =
        ["native", "vector", "JIT", "JIT checked", "interpreter", "int. checked", "kernel"];

    public static int Run(string[] arguments)
    {
        int rounds = 40;
        List<string> chosen = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--rounds")
            {
                rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            }
            else
            {
                chosen.Add(arguments[i]);
            }
        }

        List<(string Name, Dictionary<string, double> Times)> rows = [];
        foreach ((string name, int bytes) in Workloads.All)
        {
            if (chosen.Count == 0 || chosen.Contains(name))
            {
                rows.Add((name, Measure(name, Workloads.Input(name, bytes), rounds)));
                Console.Error.Write($"{name} ");
            }
        }

        Console.Error.WriteLine();
        Print(rows);
        return 0;
    }

    private static Dictionary<string, double> Measure(string name, byte[] input, int rounds)
    {
        BpfObject source = BpfObject.Read(Path.Combine(Workloads.Folder, name + ".plain.o"));
        List<Subject> subjects =
        [
            new EngineSubject("JIT", source, input, EngineChoice.Jit, isChecked: false),
            new EngineSubject("JIT checked", source, input, EngineChoice.Jit, isChecked: true),
            new EngineSubject("interpreter", source, input, EngineChoice.Interpreter, isChecked: false),
            new EngineSubject("int. checked", source, input, EngineChoice.Interpreter, isChecked: true),
        ];
        foreach (EngineSubject engine in subjects.OfType<EngineSubject>())
        {
            Fill(engine.Loaded);
        }

        foreach ((string column, string library) in new[] { ("native", "scalar"), ("vector", "vector") })
        {
            string path = Workloads.Find($"artifacts/bench/native-{library}.so");
            if (File.Exists(path))
            {
                nint handle = NativeLibrary.Load(path);
                ShareMaps(handle, (EngineSubject)subjects[0]);
                subjects.Add(new NativeSubject(column, NativeLibrary.GetExport(handle, "native_" + name), input));
            }
        }

        using LoadedObject? kernel = LoadKernel(name);
        if (kernel is not null && OperatingSystem.IsLinux())
        {
            Fill(kernel);
            subjects.Add(new KernelSubject("kernel", kernel.Programs.Values.First(), input));
        }

        foreach (Subject subject in subjects)
        {
            subject.Calibrate(SliceNanoseconds);
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach (Subject subject in subjects)
            {
                subject.Slice();
            }
        }

        // Workloads that change a map return another number every time.
        if (name != "maparray")
        {
            foreach (Subject subject in subjects)
            {
                if (subject.Result != subjects[0].Result)
                {
                    throw new InvalidOperationException($"{name}: {subject.Name} returned {subject.Result}, the JIT {subjects[0].Result}");
                }
            }
        }

        return subjects.ToDictionary(s => s.Name, s => s.Best);
    }

    private static LoadedObject? LoadKernel(string name)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? BpfHost.Kernel.Load(BpfObject.Read(Path.Combine(Workloads.Folder, name + ".xdp.o")))
                : null;
        }
        catch (Diagnostics.BpfException e)
        {
            Console.Error.WriteLine($"{name}: no kernel column: {e.Message}");
            return null;
        }
    }

    // Half of the keys the hash workload asks for.
    private static void Fill(LoadedObject loaded)
    {
        if (loaded.Maps.TryGetValue("hash", out LoadedMap? hash))
        {
            for (uint i = 0; i < 256; i += 2)
            {
                uint key = i * 2654435761u;
                ulong value = i * 3;
                int result = hash.Update(
                    MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key)), MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)));
                ArgumentOutOfRangeException.ThrowIfNotEqual(result, 0);
            }
        }
    }

    // The native twins look up in the very maps of our first engine.
    private static void ShareMaps(nint library, EngineSubject engine)
    {
        if (engine.Loaded.Maps.TryGetValue("hash", out LoadedMap? hash))
        {
            *(nuint*)NativeLibrary.GetExport(library, "native_hash") = ((RuntimeMap)hash).LookupShape.Start;
        }

        if (engine.Loaded.Maps.TryGetValue("array", out LoadedMap? array))
        {
            LookupShape shape = ((RuntimeMap)array).LookupShape;
            *(nuint*)NativeLibrary.GetExport(library, "native_array") = shape.Start;
            *(ulong*)NativeLibrary.GetExport(library, "native_array_stride") = shape.Stride;
            *(ulong*)NativeLibrary.GetExport(library, "native_array_count") = shape.Count;
        }
    }

    private static void Print(List<(string Name, Dictionary<string, double> Times)> rows)
    {
        double kernelEntry = rows.Find(r => r.Name == "simple").Times?.GetValueOrDefault("kernel") ?? 0;
        Console.WriteLine("ns per run (thread CPU time, minimum of interleaved slices); the kernel's column includes its entry");
        Console.WriteLine($"{"workload",-10} {string.Join(" ", s_columns.Select(c => $"{c,12}"))} | {"JIT/nat",8} {"chk/JIT",8} {"int/JIT",8} {"ic/JITc",8} {"JIT/kern",8}");
        Dictionary<string, List<double>> ratios = [];
        foreach ((string name, Dictionary<string, double> times) in rows)
        {
            string cells = string.Join(" ", s_columns.Select(c => times.TryGetValue(c, out double t) ? $"{t,12:F2}" : $"{"-",12}"));
            string ends = string.Join(
                " ",
                Cell("JIT/nat", "JIT", "native"), Cell("chk/JIT", "JIT checked", "JIT"), Cell("int/JIT", "interpreter", "JIT"),
                Cell("ic/JITc", "int. checked", "JIT checked"), Net());
            Console.WriteLine($"{name,-10} {cells} | {ends}");

            string Cell(string ratio, string above, string below)
                => times.TryGetValue(above, out double a) && times.TryGetValue(below, out double b) ? Note(ratio, a / b) : $"{"-",8}";

            // Net of entry: what the kernel needs for the empty workload is taken off; the empty one itself says nothing then.
            string Net() => times.TryGetValue("kernel", out double k) && name != "simple" && k - kernelEntry >= 1
                ? Note("JIT/kern", times["JIT"] / (k - kernelEntry)) : $"{"-",8}";
        }

        foreach ((string ratio, List<double> values) in ratios)
        {
            double mean = Math.Exp(values.Average(Math.Log));
            Console.WriteLine($"{ratio,-8} geomean {mean:F3}, best {values.Min():F2}, worst {values.Max():F2}, of {values.Count}");
        }

        string Note(string ratio, double value)
        {
            if (!ratios.TryGetValue(ratio, out List<double>? list))
            {
                ratios.Add(ratio, list = []);
            }

            list.Add(value);
            return $"{value,8:F2}";
        }
    }
}
