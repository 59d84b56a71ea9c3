using BpfSharp.Benchmarks;

return args switch
{
    ["ratios", .. var rest] => Ratios.Run(rest),
    ["compile", ..] => CompileTimes.Run(),
    ["size", ..] => ProgramSizes.Run(),
    ["kernel", .. var rest] when OperatingSystem.IsLinux() => KernelCosts.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: BpfSharp.Benchmarks ratios [--rounds N] [workload ...]   engines and native twins, interleaved
               BpfSharp.Benchmarks compile                              time to compile each workload, warm
               BpfSharp.Benchmarks size                                 cost per instruction of small and large programs
               BpfSharp.Benchmarks kernel [PEER]                        cost of the kernel host; beside a C program on libbpf (bench/kernel)
        """);
    return 2;
}
