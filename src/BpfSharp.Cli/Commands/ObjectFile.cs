using BpfSharp.Compiler;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands;

/// <summary>Opens what a verb is given as OBJ, by what the file holds.</summary>
internal static class ObjectFile
{
    /// <summary>Reads an object file, compiles an assembly, or assembles a text.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static BpfObject Open(FileInfo file)
    {
        if (!file.Exists)
        {
            throw new FileNotFoundException($"{file}: no such file; give an eBPF object, a .NET assembly or assembler text");
        }

        byte[] bytes = File.ReadAllBytes(file.FullName);
        return bytes.AsSpan() switch
        {
            [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => BpfObject.Read(bytes, file.Name),
            [(byte)'M', (byte)'Z', ..] => Compile(file),
            _ => ObjectAssembler.Assemble(System.Text.Encoding.UTF8.GetString(bytes), file.Name),
        };
    }

    private static BpfObject Compile(FileInfo file)
    {
        CompilationResult result = BpfCompiler.TryCompile(file.FullName);
        return result.Object ?? throw new BpfException(result.Findings);
    }

    /// <summary>The program a verb is to work on: the named one, or the only one.</summary>
    /// <exception cref="ArgumentException">None or several fit; the message lists those there are.</exception>
    public static ProgramSpec Choose(BpfObject source, string? name)
    {
        if (name is not null)
        {
            return source.Programs.FirstOrDefault(p => p.Name == name)
                ?? throw new ArgumentException($"no program '{name}' in {source.Name}; it has: {List(source)}");
        }

        return source.Programs.Count switch
        {
            1 => source.Programs[0],
            0 => throw new ArgumentException($"{source.Name} has no program"),
            _ => throw new ArgumentException($"{source.Name} has {source.Programs.Count} programs; choose one with --program: {List(source)}"),
        };
    }

    /// <summary>Gives a type to the programs whose section names none.</summary>
    /// <param name="source">The object.</param>
    /// <param name="section">What their section would be called; <see langword="null"/> leaves them as they are.</param>
    /// <exception cref="ArgumentException">No such name is known; the message lists those there are.</exception>
    public static void SetType(BpfObject source, string? section)
    {
        if (section is null)
        {
            return;
        }

        if (!SectionTable.TryMatch(section, out SectionInfo row))
        {
            IEnumerable<string> names = SectionTable.Rows.ToArray().Select(r => r.Prefix).Distinct();
            throw new ArgumentException($"--type '{section}' is no section name of a program type; there are: {string.Join(", ", names)}");
        }

        foreach (ProgramSpec program in source.Programs.Where(p => p.Type == ProgramType.Unspecified))
        {
            program.Type = row.Type;
            program.AttachType = row.AttachType;
        }
    }

    /// <summary>Leaves out what a program does not need: all programs but it and those it can tail-call.</summary>
    public static void KeepOnly(BpfObject source, ProgramSpec chosen)
    {
        HashSet<string> targets = [.. source.Maps.SelectMany(map => map.InitialSlots).Select(slot => slot.Target)];
        foreach (ProgramSpec program in source.Programs)
        {
            program.AutoLoad = program == chosen || (program.AutoLoad && targets.Contains(program.Name));
        }
    }

    private static string List(BpfObject source) => string.Join(", ", source.Programs.Select(p => p.Name));
}
