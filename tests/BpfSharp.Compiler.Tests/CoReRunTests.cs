using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Btf;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>One program, built once, reads fields of the running kernel that stand elsewhere in each release; /proc says what they hold.</summary>
public sealed class CoReRunTests
{
    private const string Program = """
        [BtfType("task_struct")] public unsafe struct Task { public int pid, tgid; public Task* real_parent; public Cred* real_cred; public Proxy* nsproxy; public Mm* mm; public Signal* signal; public Fs* fs; }
        [BtfType("cred")] public struct Cred { public Kuid uid; }
        public struct Kuid { public uint val; }
        [BtfType("nsproxy")] public unsafe struct Proxy { public Uts* uts_ns; }
        [BtfType("uts_namespace")] public struct Uts { public Common ns; }
        [BtfType("ns_common")] public struct Common { public uint inum; }
        [BtfType("mm_struct")] public struct Mm { public ulong arg_start; }
        [BtfType("signal_struct")] public struct Signal { public int nr_threads; }
        [BtfType("fs_struct")] public struct Fs { public int umask; }
        public struct Seen { public int Pid, Tgid, Parent; public uint Uid, Uts; public int Umask, Threads; public ulong Arguments; }
        [BpfObject] public static unsafe class P
        {
            public static readonly ArrayMap<Seen> Found = new(1);
            [RawTracepoint("sys_enter")] public static int Look(RawTracepointContext ctx)
            {
                Task* t = (Task*)Bpf.GetCurrentTask();
                Seen s = new()
                {
                    Pid = t->pid, Tgid = t->tgid, Parent = t->real_parent->tgid, Uid = t->real_cred->uid.val,
                    Uts = t->nsproxy->uts_ns->ns.inum, Umask = t->fs->umask, Threads = t->signal->nr_threads, Arguments = t->mm->arg_start,
                };
                Found.Set(0, s);
                return 1;
            }
        }
        """;

    private readonly record struct Seen(int Pid, int Tgid, int Parent, uint Uid, uint Uts, int Umask, int Threads, ulong Arguments);

    [Fact]
    public void Fields_are_found_where_this_kernel_has_them()
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel describes no types");
        foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            BpfObject made = BpfObject.Read(SourceAssembly.Build(Program, level).Demand().ToElf());
            using LoadedObject loaded = BpfHost.Kernel.Load(made);
            byte[] value = new byte[Unsafe.SizeOf<Seen>()];
            string places = string.Join(", ", Places());
            Dictionary<string, string> status = Status();
            loaded.Program("Look").Run(new RunInput { Context = new byte[16] });
            Assert.Equal(0, loaded.Map("Found").Lookup(new byte[4], value));
            Seen seen = MemoryMarshal.Read<Seen>(value);
            TestContext.Current.SendDiagnosticMessage($"{Environment.OSVersion.Version}: {places}");

            Assert.Equal(Environment.ProcessId, seen.Tgid);
            Assert.True(Directory.Exists($"/proc/self/task/{seen.Pid}"), $"{seen.Pid} is no thread; {places}");
            Assert.Equal(status["PPid"], seen.Parent.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(status["Uid"].Split('\t')[0], seen.Uid.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(Convert.ToInt32(status["Umask"], 8), seen.Umask);
            Assert.Equal($"uts:[{seen.Uts}]", new FileInfo("/proc/self/ns/uts").LinkTarget);
            // Threads of the pool come and go.
            Assert.InRange(seen.Threads, 1, 10_000);
            string[] stat = File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ');
            Assert.Equal(stat[48 - 3], seen.Arguments.ToString(CultureInfo.InvariantCulture));
        }
    }

    // For the record: where the fields stand here.
    private static IEnumerable<string> Places()
    {
        BtfFile types = BtfFile.Read(File.ReadAllBytes("/sys/kernel/btf/vmlinux"));
        foreach ((string type, string field) in ((string, string)[])[("task_struct", "tgid"), ("task_struct", "real_parent"),
            ("task_struct", "real_cred"), ("task_struct", "nsproxy"), ("task_struct", "mm"), ("task_struct", "signal"), ("task_struct", "fs"),
            ("cred", "uid"), ("uts_namespace", "ns"), ("mm_struct", "arg_start"), ("signal_struct", "nr_threads"), ("fs_struct", "umask")])
        {
            yield return $"{type}.{field} {Find(types, type, field)}";
        }
    }

    private static string Find(BtfFile types, string type, string field)
    {
        if (types.TryFind(type, BtfKind.Struct, out BtfType found))
        {
            foreach (BtfMember member in found.Members)
            {
                if (member.Name == field)
                {
                    return member.ByteOffset.ToString(CultureInfo.InvariantCulture);
                }
            }
        }

        return "deeper";
    }

    private static Dictionary<string, string> Status() => File.ReadLines("/proc/self/status").Select(l => l.Split(':', 2))
        .ToDictionary(p => p[0], p => p[1].Trim());
}
