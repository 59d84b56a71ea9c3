using System.Runtime.Versioning;
using BpfSharp.Hosting;

namespace BpfSharp.Benchmarks;

/// <summary>The kernel's JIT, by BPF_PROG_TEST_RUN with many repeats: CPU time of the whole call, the kernel's entry cost included.</summary>
[SupportedOSPlatform("linux")]
internal sealed class KernelSubject(string name, LoadedProgram program, byte[] packet) : Subject(name)
{
    public override void Run(int count)
    {
        RunResult result = program.Run(new RunInput { Packet = packet, Repeat = count });
        Result = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(result.Packet.Span);
    }
}
