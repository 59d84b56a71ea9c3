using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;

namespace BpfSharp.Objects;

/// <summary>Makes a whole object from text: directives for licence, maps and programs, and instructions as <see cref="Assembler"/> reads them.</summary>
/// <remarks>
/// <code>
/// .license GPL
/// .map flows type=hash key=4 value=8 entries=1024
/// .program filter section=xdp
///     r0 = 2
///     exit
/// </code>
/// Also <c>.slot MAP INDEX TARGET</c> (fills a map of maps or a program array at load), and <c>inner=MAP</c>, <c>flags=a,b</c>,
/// <c>extra=N</c> on a map. Labels that are called are subprograms.
/// </remarks>
public static class ObjectAssembler
{
    /// <summary>Assembles an object.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The object's name, for messages.</param>
    /// <exception cref="ObjectFormatException">Something is not understood (BPF14xx); every wrong line is reported.</exception>
    public static BpfObject Assemble(string text, string name = "assembly")
    {
        ArgumentNullException.ThrowIfNull(text);
        BpfObject result = new() { Name = name, License = "GPL" };
        List<Finding> findings = [];
        List<(ProgramSpec Program, int FirstLine, List<string> Lines)> bodies = [];
        int number = 0;
        foreach (string raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.StartsWith('.') && !line.StartsWith(".slot ", StringComparison.Ordinal))
            {
                Read(line, number, result, bodies, findings);
            }
            else if (line.StartsWith(".slot ", StringComparison.Ordinal) && bodies.Count == 0)
            {
                ReadSlot(line, number, result, findings);
            }
            else if (bodies.Count > 0)
            {
                bodies[^1].Lines.Add(raw);
            }
            else if (line.Length > 0 && line[0] != ';' && !line.StartsWith("//", StringComparison.Ordinal))
            {
                findings.Add(Problem(number, $"'{line}' stands before any .program", "begin with '.program NAME section=SECTION'"));
            }
        }

        foreach ((ProgramSpec program, int firstLine, List<string> lines) in bodies)
        {
            Assemble(program, string.Join('\n', lines), firstLine, result, findings);
        }

        if (bodies.Count == 0 && findings.Count == 0)
        {
            findings.Add(Problem(number, "the text has no program", "begin one with '.program NAME section=SECTION'"));
        }

        return findings.Count == 0 ? result : throw new ObjectFormatException([.. findings]);
    }

    private static void Assemble(ProgramSpec program, string body, int firstLine, BpfObject result, List<Finding> findings)
    {
        AssemblerOptions names = new()
        {
            HelperNumber = name => HelperTable.Find(name)?.Id,
            MapIndex = name => IndexOf(result.Maps, map => map.Name == name),
            ExternIndex = name => AddExtern(result, name),
        };
        if (!Assembler.TryAssemble(body, names, firstLine, out ImmutableArray<Instruction> instructions, out IReadOnlyDictionary<string, int> labels, out ImmutableArray<Finding> wrong))
        {
            findings.AddRange(wrong);
            return;
        }

        program.Instructions = instructions;
        SortedDictionary<int, string> starts = new() { [0] = program.Name };
        for (int slot = 0; slot < instructions.Length;)
        {
            DecodedInstruction instruction = DecodedInstruction.Decode(instructions.AsSpan(), slot);
            if (instruction.Op is Op.CallLocal or Op.LoadFunction && instruction.CallTarget >= 0 && instruction.CallTarget < instructions.Length)
            {
                string? label = labels.FirstOrDefault(l => l.Value == instruction.CallTarget).Key;
                starts.TryAdd(instruction.CallTarget, label ?? string.Create(CultureInfo.InvariantCulture, $"subprog_{instruction.CallTarget}"));
            }

            slot += instruction.Slots;
        }

        program.Subprograms = [.. starts.Select(start => new Subprogram(start.Value, start.Key, 0, IsGlobal: start.Key == 0))];
    }

    private static int? AddExtern(BpfObject result, string name)
    {
        if (IndexOf(result.Externs, e => e.Name == name) is { } known)
        {
            return known;
        }

        result.Externs.Add(new ExternSpec(name, ExternKind.Kfunc, IsWeak: false, BtfTypeId: 0));
        return result.Externs.Count - 1;
    }

    private static void Read(
        string line, int number, BpfObject result, List<(ProgramSpec, int, List<string>)> bodies, List<Finding> findings)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case [".license", ..] when words.Length > 1:
                result.License = line[".license".Length..].Trim();
                break;
            case [".map", string name, ..]:
                ReadMap(name, words.AsSpan(2), number, result, findings);
                break;
            case [".program", string name, ..]:
                bodies.Add((ReadProgram(name, words.AsSpan(2), number, result, findings), number + 1, []));
                break;
            default:
                findings.Add(Problem(number, $"'{line}' is not a directive", "write .license, .map, .slot or .program"));
                break;
        }
    }

    private static void ReadMap(string name, ReadOnlySpan<string> words, int number, BpfObject result, List<Finding> findings)
    {
        MapSpec map = new() { Name = name };
        foreach (string word in words)
        {
            (string key, string value) = Split(word);
            bool read = key switch
            {
                "type" => TryEnum(KernelName(value), out MapType type) && Set(() => map.Type = type),
                "key" => TryNumber(value, out ulong keySize) && keySize <= int.MaxValue && Set(() => map.KeySize = (int)keySize),
                "value" => TryNumber(value, out ulong valueSize) && valueSize <= int.MaxValue && Set(() => map.ValueSize = (int)valueSize),
                "entries" => TryNumber(value, out ulong entries) && entries <= uint.MaxValue && Set(() => map.MaxEntries = (uint)entries),
                "extra" => TryNumber(value, out ulong extra) && Set(() => map.Extra = extra),
                "flags" => value.Split(',').All(flag => TryEnum(flag, out MapFlags bit) && Set(() => map.Flags |= bit)),
                "inner" => result.Maps.FirstOrDefault(m => m.Name == value) is { } inner && Set(() => map.InnerMap = inner.Clone()),
                _ => false,
            };
            if (!read)
            {
                findings.Add(Problem(number, $"'{word}' says nothing about a map", "write type=, key=, value=, entries=, flags=, extra= or inner=, with a known name or a number"));
            }
        }

        if (map.Type == MapType.Unspecified)
        {
            findings.Add(Problem(number, $"map '{name}' has no type", "add type=hash, type=array, …"));
        }

        result.Maps.Add(map);
    }

    private static ProgramSpec ReadProgram(string name, ReadOnlySpan<string> words, int number, BpfObject result, List<Finding> findings)
    {
        ProgramSpec program = new() { Name = name };
        foreach (string word in words)
        {
            (string key, string value) = Split(word);
            bool read = key switch
            {
                "section" => SectionTable.TryMatch(value, out SectionInfo row) && Set(() =>
                {
                    program.Section = value;
                    program.Type = row.Type;
                    program.AttachType = row.AttachType;
                    program.AttachTarget = SectionTable.Target(value, row);
                    program.Flags |= (row.Traits & SectionTraits.Sleepable) != 0 ? ProgramFlags.Sleepable : 0;
                    program.Flags |= (row.Traits & SectionTraits.XdpFrags) != 0 ? ProgramFlags.XdpHasFrags : 0;
                }),
                "type" => TryEnum(value, out ProgramType type) && Set(() => program.Type = type),
                "attach" => TryEnum(value, out AttachType attach) && Set(() => program.AttachType = attach),
                "target" => Set(() => program.AttachTarget = value),
                "flags" => value.Split(',').All(flag => TryEnum(flag, out ProgramFlags bit) && Set(() => program.Flags |= bit)),
                _ => false,
            };
            if (!read)
            {
                findings.Add(Problem(number, $"'{word}' says nothing about a program", "write section= (as libbpf knows it), type=, attach=, target= or flags="));
            }
        }

        result.Programs.Add(program);
        return program;
    }

    private static void ReadSlot(string line, int number, BpfObject result, List<Finding> findings)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 4
            && result.Maps.FirstOrDefault(m => m.Name == words[1]) is { } map
            && TryNumber(words[2], out ulong index)
            && index <= uint.MaxValue)
        {
            map.InitialSlots.Add(new MapSlot((uint)index, words[3]));
            return;
        }

        findings.Add(Problem(number, $"'{line}' fills no slot", "write '.slot MAP INDEX TARGET' after the map's line"));
    }

    private static bool Set(Action assign)
    {
        assign();
        return true;
    }

    private static (string Key, string Value) Split(string word)
    {
        int at = word.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? (word, "") : (word[..at], word[(at + 1)..]);
    }

    // Names as the enum has them or as the kernel writes them: PerCpuHash, percpu_hash.
    // The kernel's abbreviations; the others are the same words.
    private static string KernelName(string type) => type switch
    {
        "ringbuf" => nameof(MapType.RingBuffer),
        "user_ringbuf" => nameof(MapType.UserRingBuffer),
        "prog_array" => nameof(MapType.ProgramArray),
        "insn_array" => nameof(MapType.InstructionArray),
        "cgrp_storage" => nameof(MapType.CgroupLocalStorage),
        "reuseport_sockarray" => nameof(MapType.ReuseportSockArray),
        _ => type,
    };

    private static bool TryEnum<T>(string text, out T value) where T : struct, Enum
    {
        string plain = text.Replace("_", "", StringComparison.Ordinal);
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (string.Equals(candidate.ToString(), plain, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool TryNumber(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static int? IndexOf<T>(IList<T> list, Func<T, bool> matches)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (matches(list[i]))
            {
                return i;
            }
        }

        return null;
    }

    private static Finding Problem(int line, string message, string suggestion) => new()
    {
        Id = "BPF1405",
        Message = message,
        Where = string.Create(CultureInfo.InvariantCulture, $"line {line}"),
        Suggestion = suggestion,
    };
}
