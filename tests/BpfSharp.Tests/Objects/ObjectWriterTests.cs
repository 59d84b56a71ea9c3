using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Objects;

public class ObjectWriterTests
{
    private static string Folder => Path.Combine(TestPaths.Repository, "tests", "data", "objects");

    public static IEnumerable<TheoryDataRow<string>> Objects() =>
        Directory.EnumerateFiles(Folder, "*.o").Order(StringComparer.Ordinal)
            .Select(path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Objects))]
    public void An_object_written_and_read_again_is_the_same(string file)
    {
        BpfObject source = BpfObject.Read(Path.Combine(Folder, file));

        // What the format we write cannot say of what we read: big-endian order, and directories to pin in.
        source.IsBigEndian = false;
        foreach (MapSpec map in source.Maps)
        {
            map.PinPath = null;
        }

        BpfObject again = BpfObject.Read(source.ToElf());
        Assert.Equal(ObjectText.Describe(source), ObjectText.Describe(again));
        BpfObject third = BpfObject.Read(again.ToElf());
        Assert.Null(again.FirstDifference(third));
        if (source.Btf is not null && !file.Contains("legacy", StringComparison.Ordinal)
            && !file.Contains("iproute", StringComparison.Ordinal))
        {
            Assert.Null(WithoutStrings(source).FirstDifference(WithoutStrings(again)));
        }
    }

    [Fact]
    public void Equal_bytes_give_equal_objects_and_a_clone_is_edited_alone()
    {
        string path = Path.Combine(Folder, "globals.o");
        BpfObject source = BpfObject.Read(path);
        Assert.True(source.ContentEquals(BpfObject.Read(path)));
        BpfObject copy = source.Clone();
        Assert.Null(source.FirstDifference(copy));
        copy.SetGlobal("limit", 99u);
        copy.Map(".rodata").ValueSize = 8;
        Assert.Equal(10u, source.GetGlobal<uint>("limit"));
        Assert.Equal(99u, copy.GetGlobal<uint>("limit"));
        Assert.Contains(".rodata", source.FirstDifference(copy), StringComparison.Ordinal);
        Assert.Contains("has 4 bytes", Assert.Throws<ArgumentException>(() => copy.SetGlobal("limit", 1L)).Message,
            StringComparison.Ordinal);
        Assert.Contains("limit", Assert.Throws<KeyNotFoundException>(() => copy.Global("none")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_made_in_code_is_written_and_edits_are_kept()
    {
        BpfObject made = new() { License = "GPL" };
        made.Maps.Add(new MapSpec { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16 });
        made.Maps.Add(new MapSpec
        {
            Name = "outer",
            Type = MapType.ArrayOfMaps,
            KeySize = 4,
            ValueSize = 4,
            MaxEntries = 4,
            Extra = 1ul << 40,
            InnerMap = new MapSpec { Name = "outer.inner", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16 },
        });
        made.Maps[1].InitialSlots.Add(new MapSlot(2, "counts"));
        made.Maps.Add(new MapSpec
        {
            Name = ".data",
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = 8,
            MaxEntries = 1,
            Role = MapRole.Data,
            InitialData = [1, 2, 3, 4, 5, 6, 7, 8],
        });
        made.Globals.Add(new GlobalVariable("answer", made.Maps[2], 4, 4, 0));
        made.Programs.Add(new ProgramSpec
        {
            Name = "main",
            Type = ProgramType.Xdp,
            AttachType = AttachType.Xdp,
            Instructions =
            [
                Instruction.Encode(Op.LoadMapIndex, Register.R1, imm: 0), default,
                Instruction.Encode(Op.LoadMapValueIndex, Register.R2, imm: 2), new(0, imm: 4),
                Instruction.Encode(Op.CallLocal, imm: 2),
                Instruction.Encode(Op.CallLocal, imm: 3),
                Instruction.Encode(Op.Exit),
                Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 1), Instruction.Encode(Op.Exit),
                Instruction.Encode(Op.Mov64Imm, Register.R0, imm: 2), Instruction.Encode(Op.Exit),
            ],
            Subprograms = [new("main", 0, 0, true), new("one", 7, 0, false), new("two", 9, 0, true)],
        });
        BpfObject read = BpfObject.Read(made.ToElf());
        Assert.Equal(
            """
            license 'GPL' version 0
            map counts Hash key 4 value 8 entries 16
            map outer ArrayOfMaps key 4 value 4 entries 4 extra 1099511627776
                [2] = counts
                inner outer.inner Hash key 4 value 8 entries 16
            map .data Array key 4 value 8 entries 1 Data data 0102030405060708
            global answer .data+4 4 bytes 05060708
            program main section xdp type Xdp attach Xdp
              main: global
                0: r1 = map[idx:0]
                2: r2 = map[idx:2][0]+4
                4: call pc+2
                5: call pc+3
                6: exit
              one:
                7: r0 = 1
                8: exit
              two: global
                9: r0 = 2
                10: exit
              0 lines

            """,
            ObjectText.Describe(read));
        read.Map("counts").MaxEntries = 4096;
        read.License = "Dual BSD/GPL";
        BpfObject edited = BpfObject.Read(read.ToElf());
        Assert.Equal((4096u, "Dual BSD/GPL"), (edited.Map("counts").MaxEntries, edited.License));
    }

    [Fact]
    public void Subprograms_that_differ_under_one_name_are_written_apart()
    {
        BpfObject made = new();
        for (int i = 0; i < 2; i++)
        {
            made.Programs.Add(new ProgramSpec
            {
                Name = $"p{i}",
                Section = "socket",
                Type = ProgramType.SocketFilter,
                Instructions =
                [
                    Instruction.Encode(Op.CallLocal, imm: 1), Instruction.Encode(Op.Exit),
                    Instruction.Encode(Op.Mov64Imm, Register.R0, imm: i), Instruction.Encode(Op.Exit),
                ],
                Subprograms = [new($"p{i}", 0, 0, true), new("help", 2, 0, false)],
            });
        }

        BpfObject read = BpfObject.Read(made.ToElf());
        Assert.Equal([0, 1], read.Programs.Select(p => p.Instructions[2].Imm));
    }

    [Fact]
    public void What_the_format_cannot_say_is_refused()
    {
        BpfObject made = new();
        made.Maps.Add(new MapSpec { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        made.Programs.Add(new ProgramSpec
        {
            Name = "p",
            Section = "xdp",
            Instructions = [Instruction.Encode(Op.LoadMapValueIndex, Register.R1, imm: 0), default],
        });
        Assert.Contains("only data sections", Assert.Throws<BpfException>(made.ToElf).Message, StringComparison.Ordinal);
        made.Programs[0].Instructions = [Instruction.Encode(Op.LoadMapIndex, Register.R1, imm: 7), default];
        Assert.Contains("map 7 of 1", Assert.Throws<BpfException>(made.ToElf).Message, StringComparison.Ordinal);
    }

    // Texts of .BTF.ext share the types' strings; the writer may add some at the end.
    private static BpfObject WithoutStrings(BpfObject source)
    {
        BpfObject copy = source.Clone();
        copy.Btf = null;
        return copy;
    }
}
