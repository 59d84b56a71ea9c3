using BpfSharp.Benchmarks;

return args switch
{
    ["ratios", .. var rest] => Ratios.Run(rest),
    ["compile", ..] => CompileTimes.Run(),
    ["size", ..] => ProgramSizes.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: BpfSharp.Benchmarks ratios [--rounds N] [workload ...]   engines and native twins, interleaved
               BpfSharp.Benchmarks compile                              time to compile each workload, warm
               BpfSharp.Benchmarks size                                 cost per instruction of small and large programs
        """);
    return 2;
}
