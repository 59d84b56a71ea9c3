using System.Text;
using System.Text.Json;
using BpfSharp.Btf;
using BpfSharp.Objects;
using BpfSharp.TestSupport;

namespace BpfSharp.Tests.Btf;

public class BtfTextTests
{
    private static BtfFile Sample()
    {
        BtfBuilder builder = new();
        int number = builder.AddInt("unsigned int", 4);
        int character = builder.AddInt("char", 1, BtfIntEncoding.Signed | BtfIntEncoding.Char);
        int wide = builder.AddInt("long", 8, BtfIntEncoding.Signed);
        int node = builder.AddStruct("node", 64, hasBitfields: true);
        int callback = builder.AddTypedef("callback_t", builder.AddPointer(builder.AddFunctionPrototype(
            wide, ("self", builder.AddPointer(node)), ("", builder.AddQualifier(BtfKind.Const, character)))));
        int colour = builder.AddEnum("colour");
        builder.AddEnumerator(colour, "COLOUR_RED", 1);
        builder.AddEnumerator(colour, "COLOUR_DARK_BLUE", 7);
        int choice = builder.AddUnion("", 8);
        builder.AddMember(choice, "value", wide, 0);
        builder.AddMember(choice, "bytes", builder.AddArray(character, number, 8), 0);
        int late = builder.AddStruct("late_one", 4);
        builder.AddMember(late, "x", number, 0);
        builder.AddMember(node, "next", builder.AddPointer(node), 0);
        builder.AddMember(node, "call", callback, 64);
        builder.AddMember(node, "low", number, 128, bitfieldSize: 3);
        builder.AddMember(node, "high", number, 140, bitfieldSize: 9);
        builder.AddMember(node, "colour", colour, 192);
        builder.AddMember(node, "", choice, 256);
        builder.AddMember(node, "rest", builder.AddArray(late, number, 2), 384);
        int packed = builder.AddStruct("packed_one", 5);
        builder.AddMember(packed, "c", character, 0);
        builder.AddMember(packed, "n", number, 8);
        return builder.Build();
    }

    [Fact]
    public void Types_are_written_as_C_that_keeps_the_layout()
    {
        using StringWriter text = new();
        BtfCText.Write(Sample(), text, preserveAccessIndex: false);
        Assert.Equal(
            """
            struct node;

            typedef long (*callback_t)(struct node *self, const char);

            enum colour {
            	COLOUR_RED = 1,
            	COLOUR_DARK_BLUE = 7,
            };

            struct late_one {
            	unsigned int x;
            };

            struct node {
            	struct node *next;
            	callback_t call;
            	unsigned int low : 3;
            	unsigned char : 5;
            	unsigned char : 4;
            	unsigned int high : 9;
            	unsigned char : 3;
            	unsigned char __pad0[5];
            	enum colour colour;
            	union {
            		long value;
            		char bytes[8];
            	};
            	unsigned char __pad1[8];
            	struct late_one rest[2];
            	unsigned char __pad2[8];
            };

            struct packed_one {
            	char c;
            	unsigned int n;
            } __attribute__((packed));


            """,
            text.ToString());
    }

    [Fact]
    public void Types_are_written_as_CSharp_with_explicit_offsets()
    {
        BtfFile btf = Sample();
        string text = BtfCSharpText.Write(btf, [btf.Find("node", BtfKind.Struct), btf.Find("packed_one", BtfKind.Struct)], "Kernel")
            .Replace("global::System.Runtime.InteropServices.", "", StringComparison.Ordinal)
            .Replace("global::System.Runtime.CompilerServices.", "", StringComparison.Ordinal);
        foreach (string part in (string[])[
            "[StructLayout(LayoutKind.Explicit, Pack = 1, Size = 64)]\npublic unsafe partial struct Node\n",
            "[FieldOffset(8)]\n    public ulong Call;",
            "[FieldOffset(32)]\n    public long Value;",
            "[FieldOffset(32)]\n    public fixed byte Bytes[8];",
            "public enum Colour : uint\n{",
            "DarkBlue = 7,",
            "readonly get => ((uint)(((ulong)_bits140 >> 12) & 0x1fful));",
            "[InlineArray(2)]\n    public struct RestArray\n    {\n        private LateOne _first;",
            "[FieldOffset(1)]\n    public uint N;",
        ])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Types_are_written_as_JSON_with_every_fields_place()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            BtfJsonText.Write(Sample(), writer);
        }

        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        JsonElement node = document.RootElement.EnumerateArray().Single(
            t => t.GetProperty("kind").GetString() == "Struct" && t.GetProperty("name").GetString() == "node");
        Assert.Equal(64, node.GetProperty("size").GetInt32());
        JsonElement high = node.GetProperty("members")[3];
        Assert.Equal((140, 9), (high.GetProperty("bitOffset").GetInt32(), high.GetProperty("bits").GetInt32()));
    }

    [Fact]
    public void Every_test_objects_types_can_be_written()
    {
        foreach (string path in Directory.EnumerateFiles(
            Path.Combine(TestPaths.Repository, "tests", "data", "objects"), "*.o"))
        {
            if (BpfObject.Read(path).Btf is { } btf)
            {
                using StringWriter text = new();
                BtfCText.Write(btf, text);
                Assert.EndsWith("#pragma clang attribute pop\n#endif\n", text.ToString(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Anonymous_types_and_functions_inside_themselves_are_refused()
    {
        BtfBuilder builder = new();
        int hidden = builder.AddStruct("", 8);
        builder.AddMember(hidden, "pointer", builder.AddPointer(hidden), 0);
        int outer = builder.AddStruct("outer", 8);
        builder.AddMember(outer, "inner", hidden, 0);
        int function = builder.AddFunctionPrototype(0, ("self", builder.NextId + 1), ("again", builder.NextId + 1));
        int user = builder.AddPointer(function);
        int holder = builder.AddStruct("holder", 8);
        builder.AddMember(holder, "call", user, 0);
        BtfFile btf = builder.Build();
        foreach (int id in (int[])[outer, holder])
        {
            Assert.Throws<Diagnostics.ObjectFormatException>(() => BtfCText.Write(btf, [id], TextWriter.Null));
            Assert.Throws<Diagnostics.ObjectFormatException>(() => BtfCSharpText.Write(btf, [id], "Test"));
        }
    }

    [Fact]
    public void Types_that_hold_themselves_are_refused()
    {
        BtfBuilder builder = new();
        int self = builder.AddStruct("self", 8);
        builder.AddMember(self, "again", self, 0);
        Assert.Throws<Diagnostics.ObjectFormatException>(() => BtfCText.Write(builder.Build(), TextWriter.Null));
    }
}
