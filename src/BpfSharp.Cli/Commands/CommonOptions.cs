using System.CommandLine;

namespace BpfSharp.Cli.Commands;

/// <summary>Arguments and options that several verbs share, so that they read and behave alike.</summary>
internal static class CommonOptions
{
    /// <summary>The object a verb works on.</summary>
    public static Argument<FileInfo> Object() => new("OBJ")
    {
        Description = "An eBPF object (.o), a .NET assembly with programs (.dll), or assembler text.",
    };

    /// <summary>One program of the object.</summary>
    public static Option<string?> Program() => new("--program", "-p")
    {
        Description = "The program's name; may be left out when the object has one program.",
    };

    /// <summary>The type of programs whose section names none.</summary>
    public static Option<string?> Type() => new("--type")
    {
        Description = "The type of programs whose section names none, as a section would name it: xdp, tc, socket, kprobe, …",
    };

    /// <summary>Where the result is written.</summary>
    public static Option<FileInfo?> Output(string what) => new("--output", "-o") { Description = what };
}
