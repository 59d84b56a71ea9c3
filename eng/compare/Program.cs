using BpfSharp.Conformance.Tests.Programs;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Compare;

/// <summary>
/// Runs every program of a folder of objects that the kernel can test-run, in the kernel and in process, over the same packets, and
/// prints each difference. Run it in a network namespace of its own (<c>unshare -n</c>): helpers that send do send.
/// </summary>
internal static class Program
{
    private static readonly int s_most = int.TryParse(Environment.GetEnvironmentVariable("COMPARE_WIDTH"), out int width) ? width : 300;

    private static readonly ProgramType[] s_types =
    [
        ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.Xdp, ProgramType.CgroupSkb,
        ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.RawTracepoint, ProgramType.Syscall,
        ProgramType.FlowDissector, ProgramType.SkLookup,
    ];

    private static readonly (string Name, RuntimeOptions Options)[] s_engines =
    [
        ("interpreter", new() { Engine = EngineChoice.Interpreter, Checking = Checking.Always }),
        ("JIT checked", new() { Engine = EngineChoice.Jit, Checking = Checking.Always }),
        ("JIT", new() { Engine = EngineChoice.Jit }),
    ];

    public static int Main(string[] args)
    {
        if (args.Length is < 1 or > 3)
        {
            Console.Error.WriteLine("usage: compare FOLDER [PATTERN] [PROGRAM]");
            return 2;
        }

        SortedDictionary<string, int> outcomes = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(args[0], args.Length > 1 ? args[1] : "*.o").Order(StringComparer.Ordinal))
        {
            BpfObject source;
            try
            {
                source = BpfObject.Read(path);
                foreach (MapSpec map in source.Maps)
                {
                    // Each program starts with empty maps of its own.
                    map.Pinning = 0;
                }
            }
            catch (BpfException refused)
            {
                Report(outcomes, "not opened", path, "", refused.Message);
                continue;
            }

            foreach (ProgramSpec program in source.Programs)
            {
                if (s_types.Contains(program.Type) && (args.Length < 3 || args[2] == program.Name))
                {
                    Compare(outcomes, path, source, program);
                }
            }
        }

        foreach ((string outcome, int count) in outcomes)
        {
            Console.WriteLine($"{count,6} {outcome}");
        }

        return 0;
    }

    private static void Compare(SortedDictionary<string, int> outcomes, string path, BpfObject source, ProgramSpec program)
    {
        IReadOnlyList<RunInput> inputs = InputsFor(program);
        List<string> kernel;
        try
        {
            kernel = ProgramComparison.Run(BpfHost.Kernel, null, source, program.Name, inputs);
        }
        catch (ProgramRejectedException)
        {
            Count(outcomes, "kernel rejects");
            return;
        }
        catch (Exception refused) when (refused is BpfException or NotSupportedException or ArgumentException)
        {
            Report(outcomes, "kernel refuses", path, program.Name, refused.Message);
            return;
        }

        foreach ((string name, RuntimeOptions options) in s_engines)
        {
            List<string> mine;
            try
            {
                mine = ProgramComparison.Run(BpfHost.InProcess, options, source, program.Name, inputs);
            }
            catch (Exception refused) when (refused is BpfException or NotSupportedException or ArgumentException)
            {
                Report(outcomes, "refused in process", path, program.Name, refused.Message);
                return;
            }

            string difference = Difference(kernel, mine);
            if (difference.Length > 0)
            {
                Report(outcomes, $"DIFFERENT ({name})", path, program.Name, difference);
                return;
            }
        }

        Count(outcomes, "same");
    }

    private static string Difference(List<string> kernel, List<string> mine)
    {
        for (int i = 0; i < Math.Max(kernel.Count, mine.Count); i++)
        {
            string a = i < kernel.Count ? kernel[i] : "(nothing)";
            string b = i < mine.Count ? mine[i] : "(nothing)";
            if (a != b)
            {
                return $"\n      kernel:     {Cut(a)}\n      in process: {Cut(b)}";
            }
        }

        return "";
    }

    private static string Cut(string text) => text.Length <= s_most ? text : string.Concat(text.AsSpan(0, s_most), "…");

    private static List<RunInput> InputsFor(ProgramSpec program)
    {
        if (program.Type == ProgramType.SkLookup)
        {
            return [.. TestLookups.All.Select(lookup => new RunInput { Context = lookup })];
        }

        if (program.Type is ProgramType.Syscall or ProgramType.RawTracepoint)
        {
            return [.. Enumerable.Range(0, 4).Select(i => new RunInput { Context = new byte[64] })];
        }

        return [.. TestPackets.All.Select(packet => new RunInput { Packet = packet })];
    }

    private static void Report(SortedDictionary<string, int> outcomes, string outcome, string path, string program, string text)
    {
        Console.WriteLine($"{outcome}: {Path.GetFileName(path)} {program}: {text}");
        Count(outcomes, outcome);
    }

    private static void Count(SortedDictionary<string, int> outcomes, string outcome)
    {
        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
    }
}
