using System.Runtime.InteropServices;
using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>Programs with typed parameters, at work: attached for a moment, they count what this process does. Mostly run in guests.</summary>
public sealed class HookRunTests
{
    private const string Types = """
        [BtfType("file")] public unsafe struct KernelFile { public uint f_flags; public Inode* f_inode; }
        [BtfType("inode")] public struct Inode { public ulong i_ino; }
        [BtfType("task_struct")] public unsafe struct Task { public int pid, tgid; public Task* group_leader; }
        public struct Seen { public ulong Count, Inode, Third; }
        """;

    private const string Counting = """
            public static readonly ArrayMap<Seen> Found = new(1);
            public static readonly Const<int> Process = new(-1);
            static bool Mine => (int)(Bpf.GetCurrentPidTgid() >> 32) == Process;
            static void Count(ulong inode, ulong third) { ref Seen s = ref Found.Find(0, out bool ok); if (ok) { s.Count++; s.Inode = inode; s.Third = third; } }
        """;

    // The program's members; how it is attached: as its section says, or to a kprobe.
    public static TheoryData<string, string, string> Hooks => new()
    {
        { "fentry", "", "[FunctionEntry(\"vfs_read\")] public static int On(KernelFile* file, byte* buffer, ulong count, long* position) { if (Mine && count == 777) Count(file->f_inode->i_ino, count); return 0; }" },
        { "fexit", "", "[FunctionExit(\"vfs_read\")] public static int On(KernelFile* file, byte* buffer, ulong count, long* position, long result) { if (Mine && count == 777) Count(file->f_inode->i_ino, result > 0 ? count : 0); return 0; }" },
        { "kprobe", "vfs_read", "[Kprobe(\"vfs_read\")] public static int On(KprobeContext ctx) { if (Mine && ctx.Argument(2) == 777) Count(((KernelFile*)ctx.Argument(0))->f_inode->i_ino, ctx.Argument(2)); return 0; }" },
        { "lsm", "", "[Lsm(\"file_permission\")] public static int On(KernelFile* file, int mask, int result) { if (Mine && file->f_inode->i_ino == Inode) Count(file->f_inode->i_ino, 777); return result; } public static readonly Const<ulong> Inode = new(0);" },
        { "user pointer", "vfs_read", "[Kprobe(\"vfs_read\")] public static int On(KprobeContext ctx) { if (Mine && ctx.Argument(2) == 777) { var p = new UserPointer<ulong>(ctx.Argument(1)); Count(Inode, p.TryRead(out ulong v) && v == 0x1122334455667788 ? ctx.Argument(2) : 1); } return 0; } public static readonly Const<ulong> Inode = new(0);" },
        { "tp_btf", "", "[BtfTracepoint(\"sys_enter\")] public static int On(Registers* registers, long number) { if (Mine && (number is 0 or 17) && registers->dx == 777) Count(Inode, registers->dx); return 0; } [BtfType(\"pt_regs\")] public struct Registers { public ulong di, si, dx; } public static readonly Const<ulong> Inode = new(0);" },
    };

    [Theory]
    [MemberData(nameof(Hooks))]
    public void A_hook_sees_what_this_process_does(string name, string kprobe, string member)
    {
        KernelSupport.RequireBpf();
        string source = $"{Types}\n[BpfObject] public static unsafe class P\n{{\n{Counting}\n    {member}\n}}";
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, new byte[1000]);
            foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
            {
                Objects.BpfObject made = SourceAssembly.Build(source, level).Demand();
                using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
                ulong inode = Inode(stream);
                Set(made, "Process", BitConverter.GetBytes(Environment.ProcessId));
                Set(made, "Inode", BitConverter.GetBytes(inode));
                using LoadedObject loaded = Load(made, name);
                using Link link = Attach(loaded, name, kprobe);
                byte[] buffer = new byte[777];
                BitConverter.TryWriteBytes(buffer, 0x1122334455667788UL);
                Assert.Equal(777, stream.Read(buffer));
                byte[] value = new byte[24];
                Assert.Equal(0, loaded.Map("Found").Lookup(new byte[4], value));
                ulong[] seen = [.. MemoryMarshal.Cast<byte, ulong>(value)];
                Assert.True(seen[0] > 0, $"{name}, {level}: nothing seen\n{ThreeWays.Describe(made)}");
                Assert.Equal(inode, seen[1]);
                Assert.Equal(777UL, seen[2]);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Set(Objects.BpfObject made, string name, byte[] value)
    {
        if (made.Globals.FirstOrDefault(g => g.Name == name) is { } global)
        {
            value.CopyTo(global.Map.InitialData!.AsSpan(global.ByteOffset));
        }
    }

    private static LoadedObject Load(Objects.BpfObject made, string name)
    {
        try
        {
            return BpfHost.Kernel.Load(made);
        }
        catch (BpfException refusal) when (refusal is not ProgramRejectedException)
        {
            Assert.Skip($"{name}: {refusal.Message}");
            throw;
        }
    }

    private static KernelLink Attach(LoadedObject loaded, string name, string kprobe)
    {
        try
        {
            LoadedProgram program = loaded.Program("On");
            return kprobe.Length > 0 ? program.AttachKprobe(kprobe) : program.AttachToLoadTarget();
        }
        catch (BpfException refusal)
        {
            Assert.Skip($"{name}: {refusal.Message}");
            throw;
        }
    }

    private static ulong Inode(FileStream stream)
    {
        // fdinfo tells it since Linux 5.14; "ls -i" is not everywhere.
        string? line = File.ReadLines($"/proc/self/fdinfo/{stream.SafeFileHandle.DangerousGetHandle()}")
            .FirstOrDefault(l => l.StartsWith("ino:", StringComparison.Ordinal));
        Assert.SkipWhen(line is null, "this kernel's fdinfo names no inode");
        return ulong.Parse(line!.AsSpan(4).Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
