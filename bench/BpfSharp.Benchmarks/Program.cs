using BenchmarkDotNet.Running;
using BpfSharp.Benchmarks;

return args switch
{
    ["ratios", .. var rest] => Ratios.Run(rest),
    ["compile", ..] => CompileTimes.Run(),
    ["size", ..] => ProgramSizes.Run(),
    ["kernel", .. var rest] when OperatingSystem.IsLinux() => KernelCosts.Run(rest),
    ["pairs", .. var rest] when OperatingSystem.IsLinux() => CompilerPairs.Run(rest),
    ["parts", .. var rest] => BenchmarkSwitcher.FromAssembly(typeof(Ratios).Assembly).Run(rest.Length > 0 ? rest : ["--filter", "*"]).Any() ? 0 : 1,
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: BpfSharp.Benchmarks parts [--filter X]                    BenchmarkDotNet: objects, types, verifier, maps, one run
               BpfSharp.Benchmarks ratios [--rounds N] [workload ...]   engines and native twins, interleaved
               BpfSharp.Benchmarks compile                              time to compile each workload, warm
               BpfSharp.Benchmarks size                                 cost per instruction of small and large programs
               BpfSharp.Benchmarks kernel [PEER]                        cost of the kernel host; beside a C program on libbpf (bench/kernel)
               BpfSharp.Benchmarks pairs [PAIR ...]                     compiled C# beside clang's C (needs clang-19, or CLANG, and root)
        """);
    return 2;
}
