using System.CommandLine;
using System.Globalization;
using System.Runtime.Versioning;
using BpfSharp.Cli.Output;
using BpfSharp.Diagnostics;
using BpfSharp.Linux.Maps;
using BpfSharp.Maps;
using Spectre.Console;

namespace BpfSharp.Cli.Commands.Kernel;

/// <summary><c>bpfsharp map</c>: elements of a live map.</summary>
[SupportedOSPlatform("linux")]
internal static class MapCommand
{
    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Command command = new("map", "Read and change a live map, chosen by id, name or pinned path.");
        command.Subcommands.Add(Get(open));
        command.Subcommands.Add(Set(open));
        command.Subcommands.Add(Delete(open));
        command.Subcommands.Add(Dump(open));
        command.Subcommands.Add(Watch(open));
        return command;
    }

    private static Argument<string> MapArgument() => new("MAP") { Description = "A map's id, name, or the path of its pin." };

    private static Argument<string> KeyArgument() => new("KEY") { Description = "The key: a number, an address, hex:… or a quoted text." };

    private static Command Get(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = MapArgument();
        Argument<string> key = KeyArgument();
        Command command = new("get", "Show the value of a key. Exit code 1 if it is absent.") { which, key };
        command.SetAction(parsed =>
        {
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            byte[] bytes = Key(map, parsed.GetRequiredValue(key));
            byte[] value = new byte[map.ValueBytes];
            int result = map.Lookup(bytes, value);
            if (result == -Errno.Enoent)
            {
                open(parsed).Error.WriteLine($"map '{map.Name}' has no such key");
                return ExitCode.Refused;
            }

            Check(result, map, "get");
            Write(open(parsed), [(bytes, value)], map);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Set(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = MapArgument();
        Argument<string> key = KeyArgument();
        Argument<string> value = new("VALUE") { Description = "The value, written as the key; every CPU of a per-CPU map gets it." };
        Option<bool> create = new("--new") { Description = "Refuse if the key is there already." };
        Option<bool> replace = new("--existing") { Description = "Refuse if the key is not there." };
        Command command = new("set", "Set the value of a key.") { which, key, value, create, replace };
        command.SetAction(parsed =>
        {
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            byte[] one = GlobalValue.Parse(parsed.GetRequiredValue(value), map.Spec.ValueSize, $"the value of map '{map.Name}'");
            byte[] all = new byte[map.ValueBytes];
            int stride = map.ValueBytes == one.Length ? one.Length : (one.Length + 7) & ~7;
            for (int at = 0; at < all.Length; at += stride)
            {
                one.CopyTo(all, at);
            }

            if (parsed.GetValue(create) && parsed.GetValue(replace))
            {
                throw new ArgumentException("--new and --existing exclude each other");
            }

            UpdateMode mode = parsed.GetValue(create) ? UpdateMode.NoExist : parsed.GetValue(replace) ? UpdateMode.Exist : UpdateMode.Any;
            Check(map.Update(Key(map, parsed.GetRequiredValue(key)), all, (ulong)mode), map, "set");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Delete(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = MapArgument();
        Argument<string> key = KeyArgument();
        Command command = new("del", "Delete a key.") { which, key };
        command.SetAction(parsed =>
        {
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            Check(map.Delete(Key(map, parsed.GetRequiredValue(key))), map, "delete");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Dump(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = MapArgument();
        Command command = new("dump", "Show every element.") { which };
        command.SetAction(parsed =>
        {
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            Write(open(parsed), [.. Elements(map)], map);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Watch(Func<ParseResult, Terminal> open)
    {
        Argument<string> which = MapArgument();
        Option<double> interval = new("--interval") { Description = "Seconds between looks.", DefaultValueFactory = _ => 1.0 };
        Option<int> count = new("--count", "-n") { Description = "Looks; 0 until Ctrl-C.", DefaultValueFactory = _ => 0 };
        Command command = new("watch", "Show elements that change: a line for each that is new, changed or gone.") { which, interval, count };
        command.SetAction(async (parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            using KernelMap map = Selection.Map(parsed.GetRequiredValue(which));
            Dictionary<string, Element> before = Texts(map);
            terminal.Error.WriteLine($"watching map '{map.Name}', {before.Count} elements; Ctrl-C ends");
            TimeSpan pause = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(interval), 0.05, 3600));
            try
            {
                for (int look = 0; parsed.GetValue(count) == 0 || look < parsed.GetValue(count); look++)
                {
                    await Task.Delay(pause, cancel).ConfigureAwait(false);
                    Dictionary<string, Element> now = Texts(map);
                    Report(terminal, before, now);
                    before = now;
                }
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Interrupted;
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Report(Terminal terminal, Dictionary<string, Element> before, Dictionary<string, Element> now)
    {
        foreach ((string key, Element element) in now)
        {
            if (!before.TryGetValue(key, out Element? old))
            {
                Write(terminal, $"+ {element.KeyText} = {element.ValueText}", "new", key, element.Value);
            }
            else if (!old.Value.AsSpan().SequenceEqual(element.Value))
            {
                Write(terminal, $"~ {element.KeyText} = {element.ValueText}  (was {old.ValueText})", "changed", key, element.Value);
            }
        }

        foreach ((string key, Element old) in before.Where(b => !now.ContainsKey(b.Key)))
        {
            Write(terminal, $"- {old.KeyText}", "gone", key, null);
        }
    }

    // One line of JSON per change, for there is no end.
    private static void Write(Terminal terminal, string text, string change, string key, byte[]? value) => terminal.WriteLine(!terminal.IsJson ? text
        : value is null ? $$"""{"change":"{{change}}","key":"{{key}}"}"""
        : $$"""{"change":"{{change}}","key":"{{key}}","value":"{{Convert.ToHexStringLower(value)}}"}""");

    private static Dictionary<string, Element> Texts(KernelMap map) => Elements(map).ToDictionary(
        e => Convert.ToHexStringLower(e.Key), e => new Element(GlobalValue.Format(e.Key), MapReport.ValueText(map, e.Value), e.Value));

    private sealed record Element(string KeyText, string ValueText, byte[] Value);

    private static IEnumerable<(byte[] Key, byte[] Value)> Elements(KernelMap map)
    {
        byte[] keys = new byte[256 * Math.Max(1, map.Spec.KeySize)];
        byte[] values = new byte[256 * map.ValueBytes];
        byte[]? cursor = null;
        int result;
        do
        {
            result = map.LookupBatch(ref cursor, keys, values, out int count);
            if (result < 0 && result != -Errno.Enoent)
            {
                Check(result, map, "dump");
            }

            for (int i = 0; i < count; i++)
            {
                yield return (
                    keys.AsSpan(i * map.Spec.KeySize, map.Spec.KeySize).ToArray(),
                    values.AsSpan(i * map.ValueBytes, map.ValueBytes).ToArray());
            }
        }
        while (result == 0);
    }

    private static void Write(Terminal terminal, List<(byte[] Key, byte[] Value)> elements, KernelMap map)
    {
        if (terminal.IsJson)
        {
            terminal.WriteJson(json =>
            {
                json.WriteStartArray();
                foreach ((byte[] key, byte[] value) in elements)
                {
                    json.WriteStartObject();
                    json.WriteString("key", Convert.ToHexStringLower(key));
                    json.WriteString("value", Convert.ToHexStringLower(value));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return;
        }

        foreach ((byte[] key, byte[] value) in elements)
        {
            terminal.WriteLine($"{GlobalValue.Format(key)} = {MapReport.ValueText(map, value)}");
        }
    }

    private static byte[] Key(KernelMap map, string text) => map.Spec.KeySize == 0
        ? throw new ArgumentException($"map '{map.Name}' of kind {map.Spec.Type} has no keys")
        : GlobalValue.Parse(text, map.Spec.KeySize, $"the key of map '{map.Name}'");

    private static void Check(int result, KernelMap map, string what)
    {
        if (result < 0)
        {
            throw new BpfException(new Finding
            {
                Id = "BPF5030",
                Message = string.Create(CultureInfo.InvariantCulture, $"map '{map.Name}' of kind {map.Spec.Type}: {what} was refused with {Errno.NameOf(-result)}"),
                Suggestion = "see 'bpfsharp list map' for its kind and sizes; a frozen or read-only map cannot be changed",
            });
        }
    }
}
