using BpfSharp.Btf;
using BpfSharp.CoRe;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Objects;

/// <summary>Damaged objects are refused, never worse. Deterministic: a failure names file and round, and happens again.</summary>
public class FormatFuzzTests
{
    private const int Rounds = 40;

    private static string Folder => Path.Combine(TestPaths.Repository, "tests", "data", "objects");

    public static IEnumerable<TheoryDataRow<string>> Objects() =>
        Directory.EnumerateFiles(Folder, "*.o").Order(StringComparer.Ordinal).Where(p => !p.Contains(".1", StringComparison.Ordinal))
            .Select(path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Objects))]
    public void A_damaged_object_is_read_or_refused(string file)
    {
        byte[] original = File.ReadAllBytes(Path.Combine(Folder, file));
        BtfFile target = BpfObject.Read(Path.Combine(Folder, "core_target.o")).Btf!;
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = Damage(original, new Random(round));
            try
            {
                BpfObject source = BpfObject.Read(damaged);
                Use(source, target);
            }
            catch (BpfException refusal)
            {
                refused++;
                Assert.NotEmpty(refusal.Message);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"{file}, round {round}: {exception}");
            }
        }

        Assert.InRange(refused, 1, Rounds);
    }

    [Fact]
    public void Every_truncation_of_an_object_is_refused()
    {
        byte[] original = File.ReadAllBytes(Path.Combine(Folder, "btf_maps.o"));
        for (int length = 0; length < original.Length; length += length < 80 ? 1 : 37)
        {
            Assert.Throws<ObjectFormatException>(() => BpfObject.Read(original.AsMemory(0, length)));
        }
    }

    [Fact]
    public void Sections_of_zeros_cannot_take_all_memory()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, "globals.o"));
        Elf.ElfFile elf = Elf.ElfFile.Read(bytes);
        int table = (int)elf.U64(bytes.AsSpan(40));
        int bss = elf.FindSection(".bss")!.Index;
        bytes.AsSpan(table + (64 * bss) + 32, 8).Fill(0x3f);
        Assert.Contains("bytes", Assert.Throws<ObjectFormatException>(() => BpfObject.Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_larger_than_its_section_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, "btf_maps.o"));
        Elf.ElfSection section = Elf.ElfFile.Read(bytes).FindSection(".BTF")!;
        BtfFile btf = BtfFile.Read(section.Data);
        BtfType maps = btf[btf.Find(".maps", BtfKind.DataSection)];
        bytes.AsSpan((int)section.FileOffset + maps.Payload + 8, 4).Fill(0x7f);
        Assert.Contains("reaches beyond", Assert.Throws<ObjectFormatException>(() => BpfObject.Read(bytes)).Message, StringComparison.Ordinal);
    }

    private static void Use(BpfObject source, BtfFile target)
    {
        foreach (ProgramSpec program in source.Programs)
        {
            if (source.Btf is not null)
            {
                try
                {
                    _ = CoreRelocator.Apply(source, program, target);
                }
                catch (ObjectFormatException)
                {
                    // A damaged relocation concerns its program alone.
                }
            }
        }

        if (source.Btf is not null)
        {
            BtfCText.Write(source.Btf, TextWriter.Null);
            _ = BtfCSharpText.Write(source.Btf, Enumerable.Range(0, source.Btf.Count), "Fuzz");
        }

        _ = BpfObject.Read(source.ToElf());
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        byte[] bytes = (byte[])original.Clone();
        int changes = 1 + random.Next(8);
        for (int i = 0; i < changes; i++)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(random.Next(2) * 0xff));
                    break;
                case 3:
                    int from = random.Next(bytes.Length);
                    int length = Math.Min(random.Next(16), bytes.Length - Math.Max(at, from));
                    bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes = bytes[..Math.Max(64, bytes.Length - random.Next(bytes.Length / 4))];
                    break;
            }
        }

        return bytes;
    }
}
