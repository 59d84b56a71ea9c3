using System.Reflection;
using System.Text;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests.Library;

/// <summary>Every integer member of the base library: compiled it means what it means in C#, or it is refused; docs/guide/library.md says which.</summary>
public sealed class LibraryTests
{
    private static readonly ulong[] s_numbers =
        [0, 1, 2, 7, 64, 255, 256, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1UL << 32, 0x7fff_ffff_ffff_ffff, 1UL << 63, ulong.MaxValue, 0x0123_4567_89ab_cdef];

    private static readonly string s_path = Path.Combine(TestPaths.Repository, "docs", "guide", "library.md");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_of_the_library_means_what_it_means_in_CSharp(bool optimised)
    {
        LibraryMember[] members = [.. LibraryMembers.All()];
        SourceAssembly assembly = SourceAssembly.Build(LibraryMembers.Types + string.Concat(members.Select(m => m.Source)), optimised ? OptimizationLevel.Release : OptimizationLevel.Debug);
        List<string> failures = [];
        HashSet<int> compiled = [];
        foreach (LibraryMember member in members)
        {
            CompilationResult result = assembly.Compile(member.Class);
            if (result.Object is not { } made)
            {
                if (!result.Findings.All(f => f.Id.StartsWith("BPF31", StringComparison.Ordinal)) || result.Findings.Length == 0)
                {
                    failures.Add($"{member.Type}.{member.Member}({member.Signature}): {string.Join("\n", result.Findings)}");
                }

                continue;
            }

            compiled.Add(member.Number);
            Compare(member, assembly, made, failures, optimised);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} differences\n{string.Join("\n----\n", failures.Take(20))}");
        if (optimised)
        {
            CheckDocument(members, compiled);
        }
    }

    private static void Compare(LibraryMember member, SourceAssembly assembly, BpfObject made, List<string> failures, bool inKernel)
    {
        (byte[] Packet, uint Value)[] expected = [.. Inputs(member).Select(p => (p, Plain(assembly.Assembly.GetType(member.Class)!, p)))];
        foreach (IBpfHost host in inKernel && KernelSupport.CanBpf ? (IBpfHost[])[BpfHost.InProcess, BpfHost.Kernel] : [BpfHost.InProcess])
        {
            try
            {
                using LoadedObject loaded = host.Load(made);
                LoadedProgram program = loaded.Programs.Values.First();
                foreach ((byte[] packet, uint value) in expected)
                {
                    uint actual = (uint)program.Run(packet).ReturnValue;
                    if (actual != value)
                    {
                        failures.Add($"{member.Type}.{member.Member}({member.Signature}), {host.GetType().Name}: {member.Code} with {Convert.ToHexString(packet)} is {value} in C# and {actual} here\n{ThreeWays.Describe(made)}");
                        return;
                    }
                }
            }
            catch (BpfException refused)
            {
                failures.Add($"{member.Type}.{member.Member}({member.Signature}), {host.GetType().Name}: {refused.Message}\n{member.Code}\n{ThreeWays.Describe(made)}");
                return;
            }
        }
    }

    private static IEnumerable<byte[]> Inputs(LibraryMember member)
    {
        Random random = new(member.Number);
        for (int i = 0; i < 40; i++)
        {
            byte[] packet = new byte[24];
            for (int k = 0; k < 3; k++)
            {
                ulong value = i < s_numbers.Length && k == 0 ? s_numbers[i]
                    : random.Next(3) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : s_numbers[random.Next(s_numbers.Length)];
                BitConverter.TryWriteBytes(packet.AsSpan(8 * k), value);
            }

            yield return packet;
        }
    }

    private static uint Plain(Type type, byte[] packet)
    {
        ThreeWays.PacketProgram program = type.GetMethod("Run", BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate<ThreeWays.PacketProgram>();
        try
        {
            return program(XdpContext.FromPacket(packet));
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArithmeticException or InvalidOperationException or ArgumentException)
        {
            return 77;
        }
    }

    private static void CheckDocument(LibraryMember[] members, HashSet<int> compiled)
    {
        StringBuilder text = new("""
            # The base library in eBPF
            What of .NET's own library a program may call: each row was compiled, and compared with plain C#, in process and in the kernel, by the
            test that wrote this page. What is not here is refused with [BPF3109](../errors.md#bpf3109) or a neighbour of it. Where a member
            throws in C#, the program returns its fault value (`OnFault`).

            | type | members | refused |
            |---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<string, LibraryMember> type in members.GroupBy(m => m.Type))
        {
            string works = string.Join(", ", type.GroupBy(m => m.Member).Where(g => g.Any(m => compiled.Contains(m.Number)))
                .Select(g => g.All(m => compiled.Contains(m.Number)) ? g.Key : $"{g.Key}({string.Join("; ", g.Where(m => compiled.Contains(m.Number)).Select(m => m.Signature))})"));
            string refused = string.Join(", ", type.GroupBy(m => m.Member).Where(g => !g.Any(m => compiled.Contains(m.Number))).Select(g => g.Key));
            text.Append($"| `{type.Key}` | {works} | {refused} |\n");
        }

        if (Environment.GetEnvironmentVariable("BPFSHARP_BLESS") == "1")
        {
            File.WriteAllText(s_path, text.ToString());
        }

        Assert.Equal(text.ToString(), File.ReadAllText(s_path).ReplaceLineEndings("\n"));
    }
}
