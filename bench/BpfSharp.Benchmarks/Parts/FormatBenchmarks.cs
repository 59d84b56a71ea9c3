using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using BpfSharp.Btf;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier;

namespace BpfSharp.Benchmarks.Parts;

/// <summary>Reading, writing and judging: the parts before a program runs.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class FormatBenchmarks
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    private byte[] _object = [];
    private byte[] _types = [];
    private BpfObject _read = new();
    private ImmutableArray<Instruction> _program = [];
    private string _text = "";

    [GlobalSetup]
    public void Prepare()
    {
        _object = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "firewall.o"));
        _read = BpfObject.Read(_object);
        _program = _read.Programs[0].Instructions;
        _text = string.Join('\n', Disassembler.FormatAll(_program.ToArray()));
        _types = File.Exists(KernelTypes) ? File.ReadAllBytes(KernelTypes) : _read.Btf!.Data.ToArray();
    }

    [Benchmark(Description = "read an object (firewall.o)")]
    public BpfObject ReadObject() => BpfObject.Read(_object);

    [Benchmark(Description = "write an object")]
    public byte[] WriteObject() => _read.ToElf();

    [Benchmark(Description = "open the kernel's types, without reading the file")]
    public int OpenTypes() => BtfFile.Read(_types).Count;

    [Benchmark(Description = "verify a program (firewall)")]
    public VerificationResult Verify() => ProgramVerifier.Verify(_read, _read.Programs[0]);

    [Benchmark(Description = "disassemble a program")]
    public int Disassemble() => Disassembler.FormatAll(_program.ToArray()).Count();

    [Benchmark(Description = "assemble it again")]
    public ImmutableArray<Instruction> Assemble() => Assembler.Assemble(_text);
}
