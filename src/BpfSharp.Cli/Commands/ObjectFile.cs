using BpfSharp.Compiler;
using BpfSharp.Diagnostics;
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

    private static string List(BpfObject source) => string.Join(", ", source.Programs.Select(p => p.Name));
}
