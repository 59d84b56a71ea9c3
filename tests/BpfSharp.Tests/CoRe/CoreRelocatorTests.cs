using BpfSharp.Btf;
using BpfSharp.CoRe;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.CoRe;

public class CoreRelocatorTests
{
    private static BpfObject Open(string name) =>
        BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "objects", name + ".o"));

    public static TheoryData<string, string> Answers => new()
    {
        {
            "core_fields",
            """
            offset of task_struct.parent: 104 -> 152
            existence of task_struct___old.pid_number: 1 -> 0
            offset of task_struct___old.pid_number: 0 -> none
            right shift of task_struct.on_cpu: 61 -> 62
            left shift of task_struct.flags: 54 -> 20
            size of task_struct.flags: 4 -> 8
            offset of task_struct.flags: 96 -> 144
            signedness of task_struct.tgid: 1 -> 0
            existence of task_struct.nested[2].second.prev: 1 -> 1
            size of task_struct.comm: 16 -> 24
            offset of task_struct.pid: 0 -> 16
            """
        },
        {
            "core_types",
            """
            existence of missing: 1 -> 0
            size of task_struct: 4 -> 176
            local id of task_struct: 6 -> 6
            target id of task_struct: 6 -> TASK
            existence of anonymous_t: 1 -> 1
            existence of state.STOPPED: 1 -> 1
            value of state.STOPPED: 9 -> -7
            value of wide.HUGE_VALUE: 78187493530 -> -6066930334832433271
            """
        },
        { "core_matches", "match of task_struct: 1 -> 0" },
        {
            "core_loads",
            """
            offset of task_struct.pid: 0 -> 16
            offset of task_struct.tgid: 4 -> 8
            offset of task_struct.state: 8 -> 0
            existence of gone.a: 1 -> 0
            offset of gone.a: 0 -> none
            """
        },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Relocations_are_answered_by_the_target(string name, string expected)
    {
        BpfObject source = Open(name);
        BtfFile target = Open("core_target").Btf!;
        CoreRelocator relocator = new(source.Btf!, target);
        IEnumerable<string> lines = source.Programs[0].CoreRelocations.Select(relocator.Resolve)
            .Select(r => $"{r.Text}: {(long)r.Local} -> {(r.Target is null ? "none" : (long)r.Target.Value)}").Distinct();
        string task = $"-> {target.Find("task_struct", BtfKind.Struct)}";
        Assert.Equal(expected.Replace("-> TASK", task, StringComparison.Ordinal), string.Join('\n', lines));
    }

    [Fact]
    public void Instructions_are_patched_and_loads_change_their_width()
    {
        BpfObject source = Open("core_loads");
        ProgramSpec program = source.Program("load");
        ProgramSpec patched = CoreRelocator.Apply(source, program, Open("core_target").Btf!);
        List<string> changes = [];
        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            if (program.Instructions[slot] != patched.Instructions[slot])
            {
                changes.Add($"{Disassembler.Format(program.Instructions.AsSpan(), slot)} => "
                    + Disassembler.Format(patched.Instructions.AsSpan(), slot));
            }
        }

        Assert.Equal(
            [
                "r4 = *(u32 *)(r2 +4) => r4 = *(u64 *)(r2 +8)",
                "r3 = *(u32 *)(r2 +0) => r3 = *(u32 *)(r2 +16)",
                "r2 = 1 => r2 = 0",
                "r0 = *(u64 *)(r2 +8) => r0 = *(u64 *)(r2 +0)",
                "r1 = *(u32 *)(r1 +0) => call 195896080",
            ],
            changes.Order(StringComparer.Ordinal).Reverse().OrderBy(c => c.Contains("call", StringComparison.Ordinal)));
        CoreRelocation unresolved = Assert.Single(patched.CoreRelocations);
        Assert.Equal("offset of gone.a", new CoreRelocator(source.Btf!, source.Btf!).Describe(unresolved));
        ProgramSpec again = CoreRelocator.Apply(source, patched, Open("core_target").Btf!);
        Assert.Equal(patched.Instructions, again.Instructions);
    }

    public static IEnumerable<TheoryDataRow<string>> Objects() =>
        Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "tests", "data", "objects"), "core_*.o")
            .Select(path => new TheoryDataRow<string>(Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Objects))]
    public void The_objects_own_types_as_target_change_nothing(string name)
    {
        BpfObject source = Open(name);
        foreach (ProgramSpec program in source.Programs)
        {
            ProgramSpec patched = CoreRelocator.Apply(source, program, source.Btf!);
            Assert.Equal(program.Instructions, patched.Instructions);
            Assert.Empty(patched.CoreRelocations);
        }
    }

    [Fact]
    public void A_load_that_would_read_a_signed_field_wrongly_must_not_be_reached()
    {
        BtfBuilder target = new();
        int task = target.AddStruct("task_struct", 8);
        target.AddMember(task, "pid", target.AddInt("long", 8, BtfIntEncoding.Signed), 0);
        BpfObject source = Open("core_loads");
        ProgramSpec patched = CoreRelocator.Apply(source, source.Program("load"), target.Build());
        Assert.Contains(patched.CoreRelocations, r => r.AccessPath == "0:0" && r.Kind == CoreRelocationKind.FieldByteOffset);
    }

    [Fact]
    public void Two_types_of_the_target_with_different_answers_are_refused()
    {
        BtfBuilder target = new();
        int number = target.AddInt("int", 4, BtfIntEncoding.Signed);
        foreach ((string name, int offset) in ((string, int)[])[("task_struct", 0), ("task_struct___other", 32)])
        {
            target.AddMember(target.AddStruct(name, 8), "pid", number, offset);
        }

        BpfObject source = Open("core_loads");
        ObjectFormatException refusal = Assert.Throws<ObjectFormatException>(
            () => CoreRelocator.Apply(source, source.Program("load"), target.Build()));
        Assert.Equal("BPF1303", refusal.Findings[0].Id);
        Assert.Equal("load", refusal.Findings[0].Program);
    }

    [Fact]
    public void Types_of_modules_are_asked_for_what_the_kernel_has_not()
    {
        BtfFile kernel = Open("core_target").Btf!;
        BtfBuilder module = new();
        module.AddMember(module.AddStruct("gone", 8), "a", module.AddInt("int", 4, BtfIntEncoding.Signed), 32);
        BpfObject source = Open("core_loads");
        ProgramSpec patched = CoreRelocator.Apply(source, source.Program("load"), kernel, () => [module.Build()]);
        Assert.Empty(patched.CoreRelocations);
        Assert.Contains(patched.Instructions, i => i.Op == Op.Load32 && i.Offset == 4);
    }

    [Theory]
    [InlineData("", CoreRelocationKind.FieldByteOffset)]
    [InlineData("0:99", CoreRelocationKind.FieldByteOffset)]
    [InlineData("0:-1", CoreRelocationKind.FieldExists)]
    [InlineData("0:0:0", CoreRelocationKind.FieldByteOffset)]
    [InlineData("1", CoreRelocationKind.TypeExists)]
    [InlineData("0", CoreRelocationKind.EnumValue)]
    [InlineData("0:x", CoreRelocationKind.FieldByteSize)]
    public void Damaged_relocations_are_refused(string access, CoreRelocationKind kind)
    {
        BpfObject source = Open("core_loads");
        int type = source.Program("load").CoreRelocations[0].TypeId;
        ProgramSpec program = source.Program("load").Clone();
        program.CoreRelocations = [new CoreRelocation(0, type, access, kind)];
        ObjectFormatException refusal = Assert.Throws<ObjectFormatException>(
            () => CoreRelocator.Apply(source, program, Open("core_target").Btf!));
        Assert.Equal("BPF1302", refusal.Findings[0].Id);
    }
}
