using System.CommandLine;
using System.Text;
using System.Text.Json;
using BpfSharp.Btf;
using BpfSharp.Cli.Output;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp btf dump</c>: types of an object or a kernel as C, C# or JSON.</summary>
internal static class BtfCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Argument<FileInfo> file = new("FILE") { Description = "An object, a BTF file such as /sys/kernel/btf/vmlinux, or a kernel module's BTF (with --base)." };
        Option<string> format = new("--format", "-f") { Description = "c, csharp or json.", DefaultValueFactory = _ => "c" };
        format.AcceptOnlyFromAmong("c", "csharp", "json");
        Option<string[]> types = new("--type", "-t") { Description = "Only these types and what they need; may stand several times." };
        Option<FileInfo?> baseFile = new("--base") { Description = "The BTF that FILE's is split from." };
        Option<string> ns = new("--namespace") { Description = "Namespace of the C# code.", DefaultValueFactory = _ => "KernelTypes" };
        Option<FileInfo?> output = CommonOptions.Output("Write to this file instead of the terminal.");
        Command dump = new("dump", "Write types as C, C# or JSON.") { file, format, types, baseFile, ns, output };
        dump.SetAction(parsed =>
        {
            Terminal terminal = open(parsed);
            BtfFile? parent = parsed.GetValue(baseFile) is { } given ? Read(given, null) : null;
            BtfFile btf = Read(parsed.GetRequiredValue(file), parent);
            List<int>? ids = Choose(btf, parsed.GetValue(types) ?? []);
            string text = Render(btf, ids, terminal.IsJson ? "json" : parsed.GetRequiredValue(format), parsed.GetRequiredValue(ns));
            if (parsed.GetValue(output) is { } target)
            {
                File.WriteAllText(target.FullName, text);
            }
            else
            {
                terminal.WriteLine(text.TrimEnd());
            }

            return ExitCode.Success;
        });
        return new Command("btf", "Look at BPF type information.") { dump };
    }

    private static string Render(BtfFile btf, List<int>? ids, string format, string ns)
    {
        switch (format)
        {
            case "csharp":
                return BtfCSharpText.Write(btf, ids ?? [.. Named(btf)], ns);
            case "json":
                using (MemoryStream stream = new())
                {
                    using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
                    {
                        if (ids is null)
                        {
                            BtfJsonText.Write(btf, json);
                        }
                        else
                        {
                            BtfJsonText.Write(btf, ids, json);
                        }
                    }

                    return Encoding.UTF8.GetString(stream.ToArray());
                }

            default:
                using (StringWriter text = new())
                {
                    if (ids is null)
                    {
                        BtfCText.Write(btf, text);
                    }
                    else
                    {
                        BtfCText.Write(btf, ids, text);
                    }

                    return text.ToString();
                }
        }
    }

    private static BtfFile Read(FileInfo file, BtfFile? parent)
    {
        if (!file.Exists)
        {
            throw new FileNotFoundException($"{file}: no such file; give an object or a BTF file such as /sys/kernel/btf/vmlinux");
        }

        byte[] bytes = File.ReadAllBytes(file.FullName);
        if (bytes is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] or [(byte)'M', (byte)'Z', ..])
        {
            return ObjectFile.Open(file).Btf ?? throw new ArgumentException($"{file.Name} has no BTF: build it with debug information (clang -g)");
        }

        return BtfFile.Read(bytes, parent);
    }

    private static List<int>? Choose(BtfFile btf, string[] names)
    {
        if (names.Length == 0)
        {
            return null;
        }

        List<int> ids = [];
        foreach (string name in names)
        {
            int before = ids.Count;
            ids.AddRange(Named(btf).Where(id => btf[id].Name == name));
            if (ids.Count == before)
            {
                throw new ArgumentException($"no type '{name}' here; give the name without 'struct', 'union' or 'enum'");
            }
        }

        return ids;
    }

    private static IEnumerable<int> Named(BtfFile btf) => Enumerable.Range(1, btf.Count - 1).Where(id => btf[id].Kind
        is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Typedef);
}
