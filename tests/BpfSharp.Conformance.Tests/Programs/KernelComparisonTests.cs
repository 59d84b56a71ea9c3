using System.Buffers.Binary;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>
/// Every program of <c>tests/data/programs</c> gives the same on every engine and in the kernel: return value, packet, context,
/// map contents, over many packets.
/// </summary>
public sealed class KernelComparisonTests
{
    private static readonly Lazy<Dictionary<string, BpfObject>> s_objects = new(() => Directory
        .EnumerateFiles(Path.Combine(TestPaths.Repository, "tests", "data", "programs"), "*.o")
        .Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileNameWithoutExtension(path), BpfObject.Read));

    private static readonly (string Name, RuntimeOptions Options)[] s_engines =
    [
        ("interpreter, checked", new() { Engine = EngineChoice.Interpreter, Checking = Checking.Always }),
        ("interpreter, unchecked", new() { Engine = EngineChoice.Interpreter, TrustEverything = true }),
        ("JIT, checked", new() { Engine = EngineChoice.Jit, Checking = Checking.Always }),
        ("JIT, unchecked", new() { Engine = EngineChoice.Jit, TrustEverything = true }),
    ];

    public static TheoryData<string, string> Programs
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach ((string name, BpfObject source) in s_objects.Value)
            {
                foreach (ProgramSpec program in source.Programs)
                {
                    data.Add(name, program.Name);
                }
            }

            return data;
        }
    }

    [Fact]
    public void There_are_enough_programs_and_packets()
    {
        Assert.True(s_objects.Value.Values.Sum(source => source.Programs.Count) >= 80);
        Assert.True(TestPackets.All.Count >= 24);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Engines_agree(string objectName, string program)
    {
        BpfObject source = s_objects.Value[objectName];
        IReadOnlyList<RunInput> inputs = InputsFor(source, program);
        List<string> reference = ProgramComparison.Run(BpfHost.InProcess, s_engines[0].Options, source, program, inputs);
        Assert.DoesNotContain(reference, line => line.Contains("FAULT", StringComparison.Ordinal));
        foreach ((string name, RuntimeOptions options) in s_engines.Skip(1))
        {
            AssertSame(s_engines[0].Name, reference, name, ProgramComparison.Run(BpfHost.InProcess, options, source, program, inputs));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Interpreter_agrees_with_the_kernel(string objectName, string program)
    {
        KernelSupport.RequireBpf();
        BpfObject source = s_objects.Value[objectName];
        IReadOnlyList<RunInput> inputs = InputsFor(source, program);
        List<string> kernel = ProgramComparison.Run(BpfHost.Kernel, null, source, program, inputs);
        List<string> mine = ProgramComparison.Run(BpfHost.InProcess, s_engines[0].Options, source, program, inputs);
        AssertSame("kernel", kernel, s_engines[0].Name, mine);
    }

    private static List<RunInput> InputsFor(BpfObject source, string program)
    {
        ProgramType type = source.Programs.First(spec => spec.Name == program).Type;
        if (type is ProgramType.Syscall or ProgramType.RawTracepoint)
        {
            return [.. Enumerable.Range(0, 20).Select(i => new RunInput { Context = Words((ulong)i * 0x1234567, (ulong)(i * i), 7) })];
        }

        if (type is ProgramType.SkLookup)
        {
            return [.. TestLookups.All.Select(lookup => new RunInput { Context = lookup })];
        }

        List<RunInput> inputs = [.. TestPackets.All.Select(packet => new RunInput { Packet = packet })];
        if (type is ProgramType.SchedCls)
        {
            byte[] context = new byte[192];
            BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(8), 0x77);
            BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(32), 6);
            BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(40), 1);
            BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(52), 0x1234);
            BinaryPrimitives.WriteUInt64LittleEndian(context.AsSpan(152), 123_456_789);
            inputs.Add(new RunInput { Packet = TestPackets.All[0], Context = context });
        }

        return inputs;
    }

    private static byte[] Words(params ReadOnlySpan<ulong> words)
    {
        byte[] bytes = new byte[words.Length * 8];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), words[i]);
        }

        return bytes;
    }

    private static void AssertSame(string leftName, List<string> left, string rightName, List<string> right)
    {
        List<string> differences = [];
        for (int i = 0; i < Math.Max(left.Count, right.Count) && differences.Count < 12; i++)
        {
            string a = i < left.Count ? left[i] : "(nothing)";
            string b = i < right.Count ? right[i] : "(nothing)";
            if (a != b)
            {
                differences.Add($"{leftName}: {a}\n{rightName}: {b}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
