using System.CommandLine;
using System.Text.RegularExpressions;
using BpfSharp.Cli.Output;
using BpfSharp.Objects;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp gen csharp</c>: a typed C# class for an object's programs, maps and globals.</summary>
internal static partial class GenCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = CommonOptions.Object();
        Option<string> ns = new("--namespace", "-n") { Description = "Namespace of the class.", DefaultValueFactory = _ => "" };
        Option<string?> name = new("--class", "-c") { Description = "Name of the class; without it one made from the file's name." };
        Option<string[]> types = new("--type", "-t")
        {
            Description = "Also write this structure or enumeration, which no map and no global holds (a ring buffer's record); may stand several times.",
        };
        Option<bool> noImage = new("--no-image") { Description = "Leave the object's bytes out of the code: it wraps what the program loads itself." };
        Option<bool> isInternal = new("--internal") { Description = "Make the classes and types internal." };
        Option<FileInfo?> output = CommonOptions.Output("Write to this file instead of the terminal.");
        Command csharp = new("csharp", "Write a C# class: programs and maps by name, globals as properties, keys and values with the right layout.")
        {
            file, ns, name, types, noImage, isInternal, output,
        };
        csharp.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            string given = parsed.GetRequiredValue(ns);
            Check(given.Length == 0 || given.Split('.').All(part => Identifier().IsMatch(part)), "--namespace", given);
            Check(parsed.GetValue(name) is not { } wish || Identifier().IsMatch(wish), "--class", parsed.GetValue(name) ?? "");
            FileInfo source = parsed.GetRequiredValue(file);
            BpfObject read = ObjectFile.Open(source);
            string text = ObjectAccessorText.Write(read, new ObjectAccessorOptions
            {
                ClassName = parsed.GetValue(name),
                Namespace = given,
                IsPublic = !parsed.GetValue(isInternal),
                Types = parsed.GetValue(types) ?? [],
                Image = parsed.GetValue(noImage) ? default(ReadOnlyMemory<byte>) : Image(source, read),
            });
            if (parsed.GetValue(output) is { } target)
            {
                File.WriteAllText(target.FullName, text);
            }

            if (terminal.IsJson)
            {
                terminal.WriteJson(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("file", parsed.GetValue(output)?.FullName);
                    json.WriteString("text", parsed.GetValue(output) is null ? text : null);
                    json.WriteEndObject();
                });
            }
            else if (parsed.GetValue(output) is null)
            {
                terminal.WriteLine(text.TrimEnd());
            }

            return ExitCode.Success;
        });
        return new Command("gen", "Generate source code for an object.") { csharp };
    }

    // An object that was compiled or assembled just now has no file yet.
    private static byte[] Image(FileInfo file, BpfObject source)
    {
        byte[] bytes = File.ReadAllBytes(file.FullName);
        return bytes is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] ? bytes : source.ToElf();
    }

    private static void Check(bool isGood, string option, string given)
    {
        if (!isGood)
        {
            throw new ArgumentException($"{option} '{given}' is no C# name");
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Identifier();
}
