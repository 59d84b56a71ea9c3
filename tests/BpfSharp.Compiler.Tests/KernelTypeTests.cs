using BpfSharp.Compiler.Tests.Harness;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests;

/// <summary>Kernel types: accesses become relocations, and the kernel's layout is what runs.</summary>
public sealed class KernelTypeTests
{
    private const string Parents = """
        [BtfType("task_struct")] unsafe struct TaskStruct { public int pid; public int tgid; public TaskStruct* real_parent; }
        [BpfObject] static unsafe class P
        {
            public static readonly HashMap<int, int> Parents = new(64);
            [RawTracepoint("sys_enter")] public static int Enter(RawTracepointContext ctx)
            {
                var task = (TaskStruct*)Bpf.GetCurrentTask();
                Parents.Set(task->tgid, task->real_parent->tgid);
                return Core.FieldExists<TaskStruct>("pid") && Core.TypeExists<TaskStruct>() ? Core.SizeOf<TaskStruct>() : 1;
            }
        }
        """;

    [Fact]
    public void Accesses_are_relocated_by_name()
    {
        BpfObject made = SourceAssembly.Build(Parents, OptimizationLevel.Release).Demand();
        ProgramSpec program = Assert.Single(made.Programs);
        string[] found = [.. program.CoreRelocations.Select(r =>
            $"{made.Btf![r.TypeId].Name} {r.AccessPath} {r.Kind}").Distinct().Order()];
        Assert.Equal(
            ["task_struct 0 TypeExists", "task_struct 0 TypeSize", "task_struct 0:0 FieldExists", "task_struct 0:1 FieldByteOffset",
                "task_struct 0:2 FieldByteOffset"], found);
    }

    [Fact]
    public void The_kernel_reads_its_own_layout()
    {
        KernelSupport.RequireBpf();
        foreach (OptimizationLevel level in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            using LoadedObject loaded = BpfHost.Kernel.Load(SourceAssembly.Build(Parents, level).Demand());
            RunResult result = loaded.Program("Enter").Run(new RunInput { Context = new byte[16] });
            Assert.True((uint)result.ReturnValue > 1000, result.ReturnValue.ToString(System.Globalization.CultureInfo.InvariantCulture));
            byte[] key = new byte[4];
            Assert.Equal(0, loaded.Map("Parents").NextKey([], key));
            byte[] parent = new byte[4];
            Assert.Equal(0, loaded.Map("Parents").Lookup(key, parent));
            Assert.NotEqual(0, BitConverter.ToInt32(key));
        }
    }

    [Fact]
    public void The_elf_file_holds_everything()
    {
        BpfObject made = SourceAssembly.Build(Parents, OptimizationLevel.Release).Demand();
        BpfObject again = BpfObject.Read(made.ToElf());
        Assert.Equal(made.Programs[0].Instructions, again.Programs[0].Instructions);
        Assert.Equal(made.Programs[0].CoreRelocations.Length, again.Programs[0].CoreRelocations.Length);
        Assert.Equal(made.Maps.Select(m => (m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries)),
            again.Maps.Select(m => (m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries)));
        Assert.NotEmpty(again.Programs[0].Lines);
    }

    [Fact]
    public void Equal_source_makes_equal_bytes()
    {
        SourceAssembly assembly = SourceAssembly.Build(Parents, OptimizationLevel.Release);
        Assert.Equal(assembly.Demand().ToElf(), assembly.Demand().ToElf());
    }
}
