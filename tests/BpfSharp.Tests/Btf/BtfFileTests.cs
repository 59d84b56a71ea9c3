using BpfSharp.Btf;
using BpfSharp.Diagnostics;

namespace BpfSharp.Tests.Btf;

public class BtfFileTests
{
    private static BtfBuilder Sample(out int taskId)
    {
        BtfBuilder builder = new();
        int u32 = builder.AddInt("unsigned int", 4);
        int s64 = builder.AddInt("long", 8, BtfIntEncoding.Signed);
        taskId = builder.AddStruct("task", 24, hasBitfields: true);
        int pointer = builder.AddPointer(taskId);
        builder.AddMember(taskId, "pid", u32, 0);
        builder.AddMember(taskId, "flag", u32, 35, bitfieldSize: 3);
        builder.AddMember(taskId, "next", pointer, 64);
        builder.AddMember(taskId, "time", builder.AddTypedef("time_t", builder.AddQualifier(BtfKind.Const, s64)), 128);
        int colour = builder.AddEnum("colour", isSigned: true);
        builder.AddEnumerator(colour, "NONE", -1);
        builder.AddEnumerator(colour, "RED", 7);
        int big = builder.AddEnum64("big");
        builder.AddEnumerator(big, "HUGE", 0x1_0000_0002);
        int proto = builder.AddFunctionPrototype(u32, ("t", pointer), ("c", colour));
        int function = builder.AddFunction("paint", proto, BtfLinkage.Global);
        builder.AddDeclarationTag("kfunc", function, 1);
        int variable = builder.AddVariable("counter", builder.AddArray(u32, u32, 6), BtfLinkage.Global);
        int section = builder.AddDataSection(".data", 24);
        builder.AddSectionVariable(section, variable, 0, 24);
        builder.AddFloat("double", 8);
        builder.AddForward("other", isUnion: true);
        builder.AddTypeTag("user", taskId);
        builder.AddUnion("task___old", 4);
        return builder;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_builder_writes_the_reader_reads_in_both_byte_orders(bool bigEndian)
    {
        BtfFile file = BtfFile.Read(Sample(out int taskId).ToArray(bigEndian));
        Assert.Equal(bigEndian, file.IsBigEndian);
        BtfType task = file[taskId];
        Assert.Equal((BtfKind.Struct, "task", 24, 4), (task.Kind, task.Name, task.Size, task.Count));
        List<string> members = [];
        foreach (BtfMember member in task.Members)
        {
            members.Add($"{member.Name} {member.BitOffset}:{member.BitfieldSize} {file.SizeOf(member.TypeId)}");
        }

        Assert.Equal(["pid 0:0 4", "flag 35:3 4", "next 64:0 8", "time 128:0 8"], members);
        BtfType colour = file[file.Find("colour", BtfKind.Enum)];
        Assert.Equal((-1, 7), (colour.Enumerators[0].Value, colour.Enumerators[1].Value));
        Assert.Equal(0x1_0000_0002, file[file.Find("big", BtfKind.Enum64)].Enumerators[0].Value);
        BtfType paint = file[file.Find("paint", BtfKind.Function)];
        Assert.Equal((BtfLinkage.Global, 2), (paint.Linkage, file[paint.TypeId].Parameters.Count));
        Assert.Equal("c", file[paint.TypeId].Parameters[1].Name);
        BtfType section = file[file.Find(".data", BtfKind.DataSection)];
        Assert.Equal(24, file.SizeOf(section.Variables[0].TypeId));
        Assert.True(file[file.Find("other", BtfKind.Forward)].KindFlag);
        Assert.Equal(0, file.Find("task", BtfKind.Union));
        Assert.NotEqual(0, file.Find("task___old", BtfKind.Union));
        Assert.Equal(8, file.AlignmentOf(taskId));
        Assert.Equal(BtfKind.Int, file.SkipModifiers(file.Find("time_t", BtfKind.Typedef)).Kind);
    }

    [Fact]
    public void Changing_the_byte_order_twice_gives_the_same_bytes()
    {
        byte[] little = Sample(out _).ToArray();
        BtfFile big = BtfFile.Read(little).WithByteOrder(bigEndian: true);
        Assert.Equal(Sample(out _).ToArray(bigEndian: true), big.Data.ToArray());
        Assert.Equal(little, big.WithByteOrder(bigEndian: false).Data.ToArray());
    }

    [Fact]
    public void A_builder_started_from_a_set_writes_the_same_bytes_and_extends_it()
    {
        byte[] bytes = Sample(out _).ToArray();
        BtfBuilder builder = new(BtfFile.Read(bytes));
        Assert.Equal(bytes, builder.ToArray());
        Assert.Equal(builder.AddString("pid"), builder.AddString("pid"));
        int id = builder.AddInt("char", 1, BtfIntEncoding.Char);
        Assert.Equal("char", builder.Build()[id].Name);
    }

    [Fact]
    public void A_split_set_continues_the_ids_and_strings_of_its_base()
    {
        BtfFile vmlinux = Sample(out int taskId).Build();
        byte[] own = new BtfBuilder().ToArray();
        BtfFile empty = BtfFile.Read(own, vmlinux);
        Assert.Equal(vmlinux.Count, empty.FirstId);

        // One typedef "nf" of the base's type 3; its own strings start where the base's end.
        uint nameAt = vmlinux.FirstString + (uint)vmlinux.Strings.Length;
        byte[] split = [
            0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 3, 0, 0, 0,
            (byte)nameAt, (byte)(nameAt >> 8), 0, 0, 0, 0, 0, 8, (byte)taskId, 0, 0, 0,
            (byte)'n', (byte)'f', 0,
        ];
        BtfFile module = BtfFile.Read(split, vmlinux);
        int id = module.Find("nf", BtfKind.Typedef);
        Assert.Equal(vmlinux.Count, id);
        Assert.Equal("task", module.SkipModifiers(id).Name);
        Assert.Equal(taskId, module.Find("task", BtfKind.Struct));
    }

    [Theory]
    [InlineData("", "too few")]
    [InlineData("00000100180000000000000000000000000000000000000000", "magic")]
    [InlineData("9feb0200180000000000000000000000000000000000000000", "version")]
    [InlineData("9feb010018000000000000000c00000000000000ffffffff00", "beyond")]
    [InlineData("9feb0100180000000000000008000000080000000100000000000000000000000000", "cut off")]
    [InlineData("9feb010018000000000000000c0000000c000000010000000000000000000014" + "0000000000", "kind")]
    [InlineData("9feb010018000000000000000c0000000c00000001000000000000000200000401000000" + "00", "needs")]
    [InlineData("9feb010018000000000000000c0000000c00000001000000090000000000000801000000" + "00", "outside the strings")]
    [InlineData("9feb010018000000000000000c0000000c00000001000000000000000000000801000000" + "61", "zero byte")]
    public void Damaged_bytes_are_refused_with_what_is_wrong(string hex, string part)
    {
        ObjectFormatException refusal =
            Assert.Throws<ObjectFormatException>(() => BtfFile.Read(Convert.FromHexString(hex)));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("BPF1101", refusal.Findings[0].Id);
    }

    [Fact]
    public void References_in_a_circle_are_refused()
    {
        BtfBuilder builder = new();
        builder.AddTypedef("loop", 1);
        int self = builder.AddStruct("self", 8);
        builder.AddMember(self, "again", self, 0);
        BtfFile file = builder.Build();
        Assert.Throws<ObjectFormatException>(() => file.SkipModifiers(1));
        Assert.Throws<ObjectFormatException>(() => file.SizeOf(1));
        Assert.Throws<ObjectFormatException>(() => file.AlignmentOf(self));
        Assert.Throws<ObjectFormatException>(() => file[3]);
        Assert.Throws<ObjectFormatException>(() => file[-1]);
    }

    [Theory]
    [InlineData("task_struct", "task_struct")]
    [InlineData("task_struct___old", "task_struct")]
    [InlineData("a___b___c", "a___b")]
    [InlineData("___x", "___x")]
    [InlineData("x___", "x___")]
    [InlineData("a____b", "a____b")]
    public void The_flavour_of_a_name_is_cut_off(string name, string essential) =>
        Assert.Equal(essential, System.Text.Encoding.UTF8.GetString(
            BtfFile.EssentialName(System.Text.Encoding.UTF8.GetBytes(name))));
}
