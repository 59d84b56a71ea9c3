using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Judge;

/// <summary>A program as a kernel was given it, with the kernel's verdict: one line of a recording.</summary>
internal sealed class JudgedProgram
{
    private JudgedProgram(JsonElement row, BpfObject obj, ProgramSpec spec)
    {
        Set = row.GetProperty("set").GetString()!;
        Source = row.GetProperty("object").GetString()!;
        Verdict = row.GetProperty("verdict").GetString()!;
        Log = row.GetProperty("log").GetString()!;
        Strict = row.TryGetProperty("strict", out JsonElement strict) ? strict.GetString() : null;
        StrictLog = row.TryGetProperty("strictLog", out JsonElement strictLog) ? strictLog.GetString()! : "";
        Expected = row.TryGetProperty("expect", out JsonElement expected) ? expected.GetString() : null;
        KernelTime = TimeSpan.FromMicroseconds(row.GetProperty("ns").GetInt64() / 1000.0);
        KernelProcessed = row.GetProperty("processed").GetInt64();
        Object = obj;
        Spec = spec;
    }

    public string Set { get; }
    public string Source { get; }
    public string Verdict { get; private set; }
    public string? Expected { get; }

    /// <summary>The verdict for a loader with CAP_BPF and CAP_NET_ADMIN alone.</summary>
    public string? Strict { get; }
    public string StrictLog { get; }
    public string Log { get; private set; }
    public TimeSpan KernelTime { get; }
    public long KernelProcessed { get; }
    public BpfObject Object { get; }
    public ProgramSpec Spec { get; }
    public string Id => $"{Set}/{Source}/{Spec.Name}";

    /// <summary>The same with the strict verdict in place of the general one.</summary>
    public JudgedProgram AsStrict()
    {
        (Verdict, Log) = (Strict ?? "unknown", StrictLog);
        return this;
    }

    public static IEnumerable<JudgedProgram> Read(string folder, string set)
    {
        Dictionary<string, BtfFile> types = [];
        foreach (string line in File.ReadLines(Path.Combine(folder, set + ".jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            if (row.TryGetProperty("insns", out _))
            {
                yield return Build(row, name => FindTypes(types, folder, name));
            }
        }
    }

    private static BtfFile? FindTypes(Dictionary<string, BtfFile> types, string folder, string? name)
    {
        if (name is null)
        {
            return null;
        }

        if (!types.TryGetValue(name, out BtfFile? file))
        {
            types[name] = file = BtfFile.ReadFile(Path.Combine(folder, "btf", name + ".btf"));
        }

        return file;
    }

    private static JudgedProgram Build(JsonElement row, Func<string?, BtfFile?> types)
    {
        string name = row.GetProperty("program").GetString()!;
        BtfFile? btf = types(Text(row, "btf"));
        BpfObject obj = new() { Name = row.GetProperty("object").GetString()!, License = Text(row, "license") ?? "" };
        int number = 0;
        foreach (JsonElement map in row.GetProperty("maps").EnumerateArray())
        {
            btf ??= types(Text(map, "btf"));
            obj.Maps.Add(BuildMap(map, number++));
        }

        obj.Btf = btf;
        foreach (JsonElement item in row.GetProperty("externs").EnumerateArray())
        {
            ExternKind kind = item.GetProperty("function").GetInt32() != 0 ? ExternKind.Kfunc : ExternKind.TypedKernelSymbol;
            obj.Externs.Add(new ExternSpec(item.GetProperty("name").GetString()!, kind, false, 0));
        }

        ProgramType type = (ProgramType)row.GetProperty("type").GetInt32();
        int attach = row.GetProperty("attach").GetInt32();
        ProgramSpec spec = new()
        {
            Name = name,
            Type = type,
            AttachType = type == ProgramType.StructOps ? AttachType.StructOps : HasAttachType(type, attach) ? (AttachType)attach : null,
            AttachTarget = Target(row),
            Flags = (ProgramFlags)row.GetProperty("flags").GetUInt32(),
            Instructions = Slots(Convert.FromHexString(row.GetProperty("insns").GetString()!)),
        };
        spec.Subprograms = Functions(row, btf, name, spec.Instructions);
        spec.Lines = SourceLines(Convert.FromHexString(row.GetProperty("lines").GetString()!), btf);
        obj.Programs.Add(spec);
        return new JudgedProgram(row, obj, spec);
    }

    // 0 is both "not said" and the number of cgroup_skb's ingress hook.
    private static bool HasAttachType(ProgramType type, int attach) =>
        attach != 0 || type == ProgramType.CgroupSkb;

    // As in a section's name: tp_btf/sched_switch, iter/task, lsm/file_open; STRUCT.MEMBER for struct_ops.
    private static string? Target(JsonElement row)
    {
        string? name = Text(row, "attachBtf");
        if (Text(row, "member") is { } member)
        {
            return $"{name}.{member}";
        }

        foreach (string prefix in (ReadOnlySpan<string>)["btf_trace_", "bpf_iter_", "bpf_lsm_"])
        {
            if (name?.StartsWith(prefix, StringComparison.Ordinal) == true)
            {
                return name[prefix.Length..];
            }
        }

        return name;
    }

    private static MapSpec BuildMap(JsonElement row, int number)
    {
        if (!row.TryGetProperty("type", out _))
        {
            return new MapSpec { Name = $"unknown{number}" };
        }

        string name = row.GetProperty("name").GetString()!;
        MapSpec map = new()
        {
            Name = $"{name}#{number}",
            Type = (MapType)row.GetProperty("type").GetInt32(),
            KeySize = row.GetProperty("key").GetInt32(),
            ValueSize = row.GetProperty("value").GetInt32(),
            MaxEntries = row.GetProperty("max").GetUInt32(),
            Flags = (MapFlags)row.GetProperty("flags").GetUInt32(),
            Extra = row.GetProperty("extra").GetUInt64(),
            KeyTypeId = row.GetProperty("keyType").GetInt32(),
            ValueTypeId = row.GetProperty("valueType").GetInt32(),
        };
        if (row.GetProperty("frozen").GetInt32() != 0)
        {
            map.Role = MapRole.ReadOnlyData;
        }

        if (Text(row, "data") is { } data)
        {
            map.InitialData = Convert.FromHexString(data);
        }

        if (row.TryGetProperty("inner", out JsonElement inner))
        {
            map.InnerMap = BuildMap(inner, number);
        }

        return map;
    }

    private static ImmutableArray<Instruction> Slots(byte[] bytes)
    {
        Instruction[] slots = new Instruction[bytes.Length / Instruction.SizeInBytes];
        for (int i = 0; i < slots.Length; i++)
        {
            _ = Instruction.TryRead(bytes.AsSpan(i * Instruction.SizeInBytes), out slots[i]);
        }

        return ImmutableArray.Create(slots);
    }

    private static ImmutableArray<Subprogram> Functions(
        JsonElement row, BtfFile? btf, string name, ImmutableArray<Instruction> code)
    {
        SortedDictionary<int, Subprogram> functions = [];
        functions[0] = new Subprogram(name, 0, 0, true);
        for (int slot = 0; slot < code.Length; slot++)
        {
            if (code[slot].Op is Op.CallLocal or Op.LoadFunction)
            {
                int start = slot + 1 + code[slot].Imm;
                functions.TryAdd(start, new Subprogram($"function_{start}", start, 0, false));
            }

            slot += code[slot].Opcode == 0x18 ? 1 : 0;
        }

        foreach (JsonElement pair in row.GetProperty("funcs").EnumerateArray())
        {
            int start = pair[0].GetInt32();
            int id = pair[1].GetInt32();
            if (btf is not null && btf.Contains(id))
            {
                BtfType type = btf[id];
                functions[start] = new Subprogram(type.Name, start, id, type.Linkage == BtfLinkage.Global);
            }
        }

        return [.. functions.Values];
    }

    private static ImmutableArray<LineInfo> SourceLines(byte[] bytes, BtfFile? btf)
    {
        ImmutableArray<LineInfo>.Builder lines = ImmutableArray.CreateBuilder<LineInfo>(bytes.Length / 16);
        for (int i = 0; i + 16 <= bytes.Length && btf is not null; i += 16)
        {
            uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i + at));
            lines.Add(new LineInfo((int)Word(0), new SourceLocation(
                btf.GetString(Word(4)), (int)(Word(12) >> 10), (int)(Word(12) & 0x3ff), btf.GetString(Word(8)).Trim())));
        }

        return lines.ToImmutable();
    }

    private static string? Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
