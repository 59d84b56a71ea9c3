using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;

namespace BpfSharp.Tests.Isa;

public class DisassemblerTests
{
    public static TheoryData<string, string> Listing => new()
    {
        // bytes                               text
        { "0700000001000000", "r0 += 1" },
        { "1f21000000000000", "r1 -= r2" },
        { "3701010003000000", "r1 s/= 3" },
        { "9f21010000000000", "r1 s%= r2" },
        { "2c21000000000000", "w1 *= w2" },
        { "c401000004000000", "w1 s>>= 4" },
        { "0752000001000000", ".slot 0752000001000000 ; r2 += 1, with unused fields set" },
        { "b7020000ffffffff", "r2 = -1" },
        { "bf21080000000000", "r1 = (s8)r2" },
        { "bc21100000000000", "w1 = (s16)w2" },
        { "bf21010001000000", "r1 = addr_space_cast(r2, 0, 1)" },
        { "8703000000000000", "r3 = -r3" },
        { "8403000000000000", "w3 = -w3" },
        { "d401000010000000", "r1 = le16 r1" },
        { "dc01000040000000", "r1 = be64 r1" },
        { "d701000020000000", "r1 = bswap32 r1" },
        { "6110040000000000", "r0 = *(u32 *)(r1 +4)" },
        { "9110ffff00000000", "r0 = *(s8 *)(r1 -1)" },
        { "7b1af8ff00000000", "*(u64 *)(r10 -8) = r1" },
        { "620a00002a000000", "*(u32 *)(r10 +0) = 42" },
        { "db21000000000000", "lock *(u64 *)(r1 +0) += r2" },
        { "c321040050000000", "lock *(u32 *)(r1 +4) &= r2" },
        { "db21000001000000", "r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)" },
        { "c3210000e1000000", "r2 = atomic_xchg((u32 *)(r1 +0), r2)" },
        { "db210000f1000000", "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)" },
        { "db12080000010000", "r2 = load_acquire((u64 *)(r1 +8))" },
        { "d321000010010000", "store_release((u8 *)(r1 +0), r2)" },
        { "300000000e000000", "r0 = *(u8 *)skb[14]" },
        { "486000000e000000", "r0 = *(u16 *)skb[r6 + 14]" },
        { "0500030000000000", "goto pc+3" },
        { "06000000feffffff", "gotol pc-2" },
        { "e500010000000000", "may_goto pc+1" },
        { "0d01000000000000", "gotox r1" },
        { "2d21050000000000", "if r1 > r2 goto pc+5" },
        { "1601ffff10000000", "if w1 == 0x10 goto pc-1" },
        { "65010000ffffffff", "if r1 s> -1 goto pc+0" },
        { "4501020003000000", "if r1 & 3 goto pc+2" },
        { "8500000001000000", "call 1" },
        { "8510000007000000", "call pc+7" },
        { "8520000005000000", "call kfunc[id:5]" },
        { "8d02000000000000", "callx r2" },
        { "9500000000000000", "exit" },
        { "ff00000000000000", ".slot ff00000000000000 ; not an instruction" },
        { "18010000efbeadde00000000bebafeca", "r1 = 0xcafebabedeadbeef ll" },
        { "18110000030000000000000000000000", "r1 = map[fd:3]" },
        { "18210000030000000000000008000000", "r1 = map[fd:3][0]+8" },
        { "18310000070000000000000000000000", "r1 = ksym[id:7]" },
        { "18410000020000000000000000000000", "r1 = subprog[+2]" },
        { "18510000020000000000000000000000", "r1 = map[idx:2]" },
        { "18610000020000000000000004000000", "r1 = map[idx:2][0]+4" },
    };

    [Theory]
    [MemberData(nameof(Listing))]
    public void Bytes_become_this_text_and_the_text_these_bytes(string bytes, string text)
    {
        ImmutableArray<Instruction> program = Read(bytes);

        Assert.Equal(text, Disassembler.Format(program.AsSpan(), 0));
        Assert.Equal(program, Assembler.Assemble(text));
    }

    [Fact]
    public void Every_row_survives_the_round_trip_with_random_operands()
    {
        Random random = new(20261124);
        foreach (OpcodeInfo row in OpcodeTable.Rows.ToArray())
        {
            for (int round = 0; round < 50; round++)
            {
                ImmutableArray<Instruction> program = RandomInstruction(row, random);
                string text = Disassembler.Format(program.AsSpan(), 0);
                Assert.False(text.StartsWith('.'), $"{row.Op}: {text}");
                ImmutableArray<Instruction> again = Assembler.Assemble(text);
                Assert.True(program.SequenceEqual(again), $"{row.Op}: '{text}' came back as '{Disassembler.Format(again.AsSpan(), 0)}'");
            }
        }
    }

    [Fact]
    public void Any_bytes_survive_the_round_trip()
    {
        Random random = new(7);
        byte[] bytes = new byte[8 * 400];
        for (int round = 0; round < 20; round++)
        {
            random.NextBytes(bytes);
            ImmutableArray<Instruction> program = Read(Convert.ToHexString(bytes));
            string text = string.Join('\n', Disassembler.FormatAll(program.ToArray()));
            Assert.Equal(program, Assembler.Assemble(text));
        }
    }

    [Fact]
    public void Names_are_used_and_read_back()
    {
        ImmutableArray<Instruction> program = Assembler.Assemble(
            """
            start:
                r1 = map[flows]
                call bpf_map_lookup_elem
                if r0 != 0 goto out
                call pick
            out:
                exit
            pick:
                r1 = subprog[pick]
                call kfunc[bpf_rcu_read_lock]
                goto start
            """,
            new AssemblerOptions
            {
                HelperNumber = name => name == "bpf_map_lookup_elem" ? 1 : null,
                MapIndex = name => name == "flows" ? 4 : null,
                ExternIndex = name => name == "bpf_rcu_read_lock" ? 2 : null,
            });

        string[] expected =
        [
            "0: r1 = map[flows]", "2: call bpf_map_lookup_elem#1", "3: if r0 != 0 goto out", "4: call pick", "5: exit",
            "6: r1 = subprog[pick]", "8: call kfunc[bpf_rcu_read_lock]", "9: goto start",
        ];
        Assert.Equal(expected, Disassembler.FormatAll(program.ToArray(), new DisassemblerOptions
        {
            HelperName = _ => "bpf_map_lookup_elem",
            MapName = index => index == 4 ? "flows" : null,
            ExternName = _ => "bpf_rcu_read_lock",
            SubprogramName = slot => slot == 6 ? "pick" : null,
            Label = slot => slot switch { 5 => "out", 0 => "start", _ => null },
        }));
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        // text                          id         what the message names
        { "r11 = 1", "BPF1401", "r11 = 1" },
        { "r0 = w1", "BPF1401", "r0 = w1" },
        { "r0 = 0xffffffff", "BPF1404", "4294967295" },
        { "r0 = *(u32 *)(r1 +40000)", "BPF1404", "40000" },
        { "r0 = *(u24 *)(r1 +4)", "BPF1401", "column" },
        { "call bpf_nothing", "BPF1402", "bpf_nothing" },
        { "goto nowhere", "BPF1402", "nowhere" },
        { "r1 = map[m]", "BPF1402", "'m'" },
        { "if w1 > r2 goto +1", "BPF1401", "if w1" },
        { "a: exit\na: exit", "BPF1403", "'a'" },
        { "exit exit", "BPF1401", "exit exit" },
        { ".slot 95", "BPF1404", "16 hexadecimal" },
        { "lock *(s32 *)(r1 +0) += r2", "BPF1401", "lock" },
        { "r1 = -r2", "BPF1401", "-r2" },
        { "exit\nr0 = banana", "BPF1401", "line 2" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_line(string text, string id, string named)
    {
        ObjectFormatException refusal = Assert.Throws<ObjectFormatException>(() => Assembler.Assemble(text));

        Finding finding = Assert.Single(refusal.Findings);
        Assert.Equal(id, finding.Id);
        Assert.Contains(named, finding.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("line ", finding.Where, StringComparison.Ordinal);
        Assert.NotNull(finding.Suggestion);
    }

    private static ImmutableArray<Instruction> RandomInstruction(OpcodeInfo row, Random random)
    {
        FieldUse use = FieldUse.Of(row);
        Instruction first = Instruction.Encode(
            row.Op,
            use.Dst ? (Register)random.Next(11) : 0,
            use.Src ? (Register)random.Next(11) : 0,
            use.Offset ? (short)random.Next(short.MinValue, short.MaxValue + 1) : (short)0,
            use.Imm ? random.Next(int.MinValue, int.MaxValue) : 0);
        bool wide = row.Op is Op.LoadImm64 or Op.LoadMapValueFd or Op.LoadMapValueIndex;
        return row.Slots == 1 ? [first] : [first, new Instruction(0, imm: wide ? random.Next(int.MinValue, int.MaxValue) : 0)];
    }

    private static ImmutableArray<Instruction> Read(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        ImmutableArray<Instruction>.Builder builder = ImmutableArray.CreateBuilder<Instruction>();
        for (int at = 0; at < bytes.Length; at += Instruction.SizeInBytes)
        {
            Assert.True(Instruction.TryRead(bytes.AsSpan(at), out Instruction slot));
            builder.Add(slot);
        }

        return builder.ToImmutable();
    }
}
