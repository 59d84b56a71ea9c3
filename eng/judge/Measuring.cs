using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using BpfSharp.Verifier;
using BpfSharp.Verifier.Tests.Cases;

namespace BpfSharp.Judge;

/// <summary>Our time and memory against the kernel's verification time, program by program in one run.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Measuring
{
    private sealed record Sample(JudgedProgram Program, TimeSpan Kernel, TimeSpan Ours, long Processed, int States);

    /// <summary>Interleaved: the kernel's load, then ours, so that both see the same machine; the least of the rounds counts.</summary>
    /// <param name="programs">What is measured.</param>
    /// <param name="options">How ours judges.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="threadTime">CPU time of this thread.</param>
    public static void Run(IReadOnlyList<JudgedProgram> programs, VerifierOptions options, int rounds, Func<TimeSpan> threadTime)
    {
        // Once over small ones first: what is measured is the verifier, not the compilation of it.
        foreach (JudgedProgram program in programs.Where(p => p.Spec.Instructions.Length < 300))
        {
            _ = ProgramVerifier.Verify(program.Object, program.Spec, options);
        }

        List<Sample> samples = [];
        int left = 0;
        foreach (JudgedProgram program in programs)
        {
            TimeSpan kernel = TimeSpan.MaxValue;
            TimeSpan ours = TimeSpan.MaxValue;
            VerificationResult? result = null;
            for (int round = 0; round < rounds; round++)
            {
                LiveVerdict answer = LiveVerdict.Ask(program.Object, logLevel: 4);
                if (VerificationTime().Match(answer.Log) is not { Success: true } match)
                {
                    break;
                }

                TimeSpan microseconds = TimeSpan.FromMicroseconds(long.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
                kernel = microseconds < kernel ? microseconds : kernel;
                TimeSpan before = threadTime();
                result = ProgramVerifier.Verify(program.Object, program.Spec, options);
                TimeSpan time = threadTime() - before;
                ours = time < ours ? time : ours;
            }

            if (result is null)
            {
                left++;
                continue;
            }

            samples.Add(new Sample(program, kernel, ours, result.Statistics.ProcessedInstructions, result.Statistics.PeakStates));
        }

        Stopwatch wall = Stopwatch.StartNew();
        Parallel.ForEach(samples, sample => ProgramVerifier.Verify(sample.Program.Object, sample.Program.Spec, options));
        wall.Stop();
        Write(samples, left, wall.Elapsed);
        Memory([.. samples.OrderByDescending(s => s.States).Take(8)], options);
    }

    private static void Write(List<Sample> samples, int left, TimeSpan wall)
    {
        double kernel = samples.Sum(s => s.Kernel.TotalSeconds);
        double ours = samples.Sum(s => s.Ours.TotalSeconds);
        Console.WriteLine($"{samples.Count} programs ({left} could not be loaded again), {samples.Sum(s => s.Processed):n0} instructions walked");
        Console.WriteLine($"kernel's verification time {kernel:f2} s, our CPU time on one thread {ours:f2} s, ratio {ours / kernel:f2}; "
            + $"wall time on {Environment.ProcessorCount} cores {wall.TotalSeconds:f2} s");
        double[] ratios = [.. samples.Where(s => s.Kernel.TotalMilliseconds >= 1).Select(s => s.Ours / s.Kernel).Order()];
        if (ratios.Length > 0)
        {
            Console.WriteLine($"of {ratios.Length} that take the kernel a millisecond or more: median {ratios[ratios.Length / 2]:f2}, "
                + $"worst {ratios[^1]:f2}, {ratios.Count(r => r > 1)} slower than the kernel");
        }

        foreach (Sample sample in samples.OrderByDescending(s => s.Ours).Take(10))
        {
            Console.WriteLine($"  {sample.Program.Id}: {sample.Ours.TotalMilliseconds:f0} ms, kernel {sample.Kernel.TotalMilliseconds:f0} ms, "
                + $"{sample.Processed:n0} walked, {sample.States:n0} states at once");
        }
    }

    // Looked at every five milliseconds, garbage included: never less than what the states take.
    private static void Memory(Sample[] samples, VerifierOptions options)
    {
        foreach (Sample sample in samples)
        {
            GC.Collect(2, GCCollectionMode.Forced, true, true);
            long before = GC.GetTotalMemory(false);
            long peak = 0;
            using CancellationTokenSource done = new();
            Thread watch = new(() =>
            {
                while (!done.IsCancellationRequested)
                {
                    peak = Math.Max(peak, GC.GetTotalMemory(false) - before);
                    Thread.Sleep(5);
                }
            });
            watch.Start();
            _ = ProgramVerifier.Verify(sample.Program.Object, sample.Program.Spec, options);
            done.Cancel();
            watch.Join();
            peak = Math.Max(peak, GC.GetTotalMemory(false) - before);
            Console.WriteLine($"  memory {peak >> 20,5} MB  {sample.Program.Id}, {sample.Program.Spec.Instructions.Length:n0} slots");
        }
    }

    [GeneratedRegex(@"verification time (\d+) usec")]
    private static partial Regex VerificationTime();
}
