using System.Globalization;
using System.Text;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>C# programs with C twins in tests/data/pairs: as short as clang's, accepted by the kernel, equal in meaning everywhere.</summary>
public sealed class PairTests
{
    private static readonly string s_directory = Path.Combine(TestPaths.Repository, "tests", "data", "pairs");

    public static IEnumerable<TheoryDataRow<string>> Names =>
        Directory.EnumerateFiles(s_directory, "*.cs").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)
            .Select(n => new TheoryDataRow<string>(n));

    private static string Source(string name) => File.ReadAllText(Path.Combine(s_directory, name + ".cs"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Means_the_same_everywhere(string name)
    {
        // Randomness and the clock differ from run to run: these are only loaded and run.
        bool compares = name is not ("sample" or "bucket");
        if (compares)
        {
            ThreeWays.Check(Source(name), Packets());
        }
        else
        {
            KernelSupport.RequireBpf();
            using LoadedObject loaded = BpfHost.Kernel.Load(SourceAssembly.Build(Source(name), OptimizationLevel.Release).Demand());
            Assert.True((uint)loaded.Programs.Values.First().Run(Packets().First()).ReturnValue <= 4);
        }
    }

    [Fact]
    public void As_short_as_clang()
    {
        StringBuilder table = new();
        double logs = 0;
        double worst = 0;
        string worstName = "";
        int count = 0;
        foreach ((string name, int theirs, _) in Clang())
        {
            BpfObject made = SourceAssembly.Build(Source(name), OptimizationLevel.Release).Demand(cpuLevel: 4);
            int ours = made.Programs[0].Instructions.Length;
            double ratio = (double)ours / theirs;
            table.Append(CultureInfo.InvariantCulture, $"{name,-16} ours {ours,3} clang {theirs,3} {ratio:F2}\n");
            logs += Math.Log(ratio);
            count++;
            if (ratio > worst)
            {
                (worst, worstName) = (ratio, name);
            }
        }

        double mean = Math.Exp(logs / count);
        table.Append(CultureInfo.InvariantCulture, $"{count} pairs, geometric mean {mean:F3}, worst {worst:F2} ({worstName})\n");
        TestContext.Current.SendDiagnosticMessage(table.ToString());
        Assert.True(count >= 60, table.ToString());
        Assert.True(mean <= 1.08 && worst <= 1.35, table.ToString());
    }

    [Fact]
    public void As_little_stack_as_clang()
    {
        StringBuilder table = new();
        (int ours, int theirs) = (0, 0);
        foreach ((string name, _, int stack) in Clang())
        {
            BpfObject made = SourceAssembly.Build(Source(name), OptimizationLevel.Release).Demand(cpuLevel: 4);
            int own = StackDepth(made.Programs[0]);
            table.Append(CultureInfo.InvariantCulture, $"{name,-16} ours {own,3} clang {stack,3}\n");
            ours += own;
            theirs += stack;
        }

        Assert.True(theirs > 0 && ours <= 1.1 * theirs, $"{ours} bytes against {theirs}\n{table}");
    }

    private static IEnumerable<(string Name, int Slots, int Stack)> Clang() => File.ReadLines(Path.Combine(s_directory, "counts.txt"))
        .Where(l => !l.StartsWith('#')).Select(l => l.Split(' '))
        .Select(p => (p[0], int.Parse(p[1], CultureInfo.InvariantCulture), int.Parse(p[2], CultureInfo.InvariantCulture)));

    // The lowest byte below r10 that each function accesses, or whose address it makes.
    private static int StackDepth(ProgramSpec program)
    {
        int total = 0;
        for (int f = 0; f < program.Subprograms.Length; f++)
        {
            int end = f + 1 < program.Subprograms.Length ? program.Subprograms[f + 1].StartSlot : program.Instructions.Length;
            int depth = 0;
            for (int slot = program.Subprograms[f].StartSlot; slot < end;)
            {
                DecodedInstruction at = DecodedInstruction.Decode(program.Instructions.AsSpan(), slot);
                if (OpcodeTable.Get(at.Op).Kind == OpKind.Load && at.Src == Register.R10)
                {
                    depth = Math.Max(depth, -at.Offset);
                }
                else if (OpcodeTable.Get(at.Op).Kind is OpKind.Store or OpKind.Atomic && at.Dst == Register.R10)
                {
                    depth = Math.Max(depth, -at.Offset);
                }
                else if (at.Op == Op.Mov64Reg && at.Src == Register.R10)
                {
                    DecodedInstruction next = DecodedInstruction.Decode(program.Instructions.AsSpan(), slot + 1);
                    depth = next.Op == Op.Add64Imm ? Math.Max(depth, (int)-next.Imm) : depth;
                }

                slot += at.Slots;
            }

            total += (depth + 7) / 8 * 8;
        }

        return total;
    }

    internal static IEnumerable<byte[]> Packets()
    {
        foreach (byte[] packet in BasicTests.Packets())
        {
            yield return packet;
        }

        foreach (byte protocol in (byte[])[1, 6, 17, 50])
        {
            byte[] packet = new byte[96];
            new Random(protocol).NextBytes(packet);
            packet[12] = 8;
            packet[13] = 0;
            packet[14] = 0x45;
            packet[22] = (byte)(protocol == 50 ? 1 : 64);
            packet[23] = protocol;
            if (protocol == 1)
            {
                packet[34] = 8;
            }

            (packet[36], packet[37]) = protocol == 17 ? ((byte)0, (byte)53) : ((byte)(8100 >> 8), (byte)(8100 & 0xff));
            packet[47] = 2;
            if (protocol == 17)
            {
                (packet[38], packet[54], packet[55], packet[56], packet[57]) = (1, 3, (byte)'w', (byte)'w', (byte)'w');
            }

            yield return packet;
        }

        byte[] six = new byte[80];
        (six[12], six[13], six[20], six[21]) = (0x86, 0xdd, 58, 9);
        yield return six;
        byte[] vlan = new byte[80];
        (vlan[12], vlan[13], vlan[16], vlan[17]) = (0x81, 0, 0x86, 0xdd);
        yield return vlan;
    }
}
