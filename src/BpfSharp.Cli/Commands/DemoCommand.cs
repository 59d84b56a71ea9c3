using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using BpfSharp.Cli.Output;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Packets;
using BpfSharp.Runtime.Hosting;
using Spectre.Console;

namespace BpfSharp.Cli.Commands;

/// <summary><c>bpfsharp demo</c>: a firewall and a load balancer, built from C, over a bundled capture.</summary>
internal static class DemoCommand
{
    private static readonly string[] s_reasons = ["passed", "blocked source", "closed port", "malformed"];

    public static Command Create(Func<ParseResult, Terminal> open)
    {
        Command command = new("demo", "Run a firewall and a load balancer (XDP, built from C) over a bundled capture, in this process.");
        command.SetAction((parsed, cancel) =>
        {
            Terminal terminal = open(parsed);
            List<CapturedPacket> packets = ReadCapture();
            DemoResult firewall = RunFirewall(packets, cancel);
            DemoResult balancer = RunBalancer(packets, cancel);
            if (terminal.IsJson)
            {
                terminal.WriteJson(json =>
                {
                    json.WriteStartObject();
                    firewall.WriteJson(json);
                    balancer.WriteJson(json);
                    json.WriteEndObject();
                });
            }
            else
            {
                firewall.WriteText(terminal);
                balancer.WriteText(terminal);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static DemoResult RunFirewall(List<CapturedPacket> packets, CancellationToken cancel)
    {
        BpfObject source = BpfObject.Read(Resource("firewall.o"), "firewall.o");
        using LoadedObject loaded = BpfHost.InProcess.Load(source, NativeIfPossible());
        LoadedMap blocked = loaded.Map("blocked");
        Put(blocked, Prefix(25, "203.0.113.128"), new byte[8]);
        foreach (ushort port in (ReadOnlySpan<ushort>)[53, 80, 443])
        {
            byte[] key = new byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(key, port);
            Put(loaded.Map("open_ports"), key, new byte[8]);
        }

        DemoResult result = new("firewall", "Drops blocked networks and closed ports; everything else passes.", loaded.Engine);
        Replay(result, loaded.Program("firewall"), packets, cancel);
        for (uint reason = 0; reason < s_reasons.Length; reason++)
        {
            byte[] key = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(key, reason);
            result.Counters.Add((s_reasons[reason], Sum(loaded.Map("verdicts"), key)));
        }

        result.Tables.Add(("top talkers", ["source", "packets", "bytes"], [.. Elements(loaded.Map("talkers"))
            .Select(e => (Source: new IPAddress(e.Key).ToString(), Packets: Number(e.Value, 0), Bytes: Number(e.Value, 8)))
            .OrderByDescending(t => t.Bytes)
            .Take(5)
            .Select(t => new[] { t.Source, Text(t.Packets), Text(t.Bytes) })]));
        return result;
    }

    private static DemoResult RunBalancer(List<CapturedPacket> packets, CancellationToken cancel)
    {
        BpfObject source = BpfObject.Read(Resource("loadbalancer.o"), "loadbalancer.o");
        ObjectInputs.SetGlobals(source, ["service_address=192.0.2.10", "service_port=hex:01bb"]);
        using LoadedObject loaded = BpfHost.InProcess.Load(source, NativeIfPossible());
        const int Backends = 4;
        for (int i = 0; i < Backends; i++)
        {
            byte[] backend = new byte[32];
            new byte[] { 10, 0, 0, (byte)(i + 1), 2, 0, 0, 0, 1, (byte)(i + 1) }.CopyTo(backend, 0);
            Put(loaded.Map("backends"), Index(i), backend);
        }

        LoadedMap table = loaded.Map("table");
        for (int slot = 0; slot < table.Spec.MaxEntries; slot++)
        {
            Put(table, Index(slot), Index(slot * 7 % Backends));
        }

        DemoResult result = new("load balancer", "Spreads connections to 192.0.2.10:443 over four backends.", loaded.Engine);
        Replay(result, loaded.Program("balance"), packets, cancel);
        List<string[]> rows = [];
        for (int i = 0; i < Backends; i++)
        {
            byte[] backend = new byte[32];
            loaded.Map("backends").Lookup(Index(i), backend);
            rows.Add([new IPAddress(backend.AsSpan(0, 4)).ToString(), Text(Number(backend, 16)), Text(Number(backend, 24))]);
        }

        result.Tables.Add(("backends", ["address", "packets", "bytes"], rows));
        return result;
    }

    private static void Replay(DemoResult result, LoadedProgram program, List<CapturedPacket> packets, CancellationToken cancel)
    {
        TimeSpan busy = TimeSpan.Zero;
        foreach (CapturedPacket packet in packets)
        {
            cancel.ThrowIfCancellationRequested();
            RunResult run = program.Run(new RunInput { Packet = packet.Data });
            busy += run.Duration;
            string verdict = run.Fault is { } fault ? $"fault {fault.Id}" : VerdictTable.Name(program.Spec.Type, run.ReturnValue);
            result.Verdicts[verdict] = result.Verdicts.GetValueOrDefault(verdict) + 1;
            result.Packets++;
        }

        result.PerPacket = busy / Math.Max(1, result.Packets);
    }

    // The demo is over before the background compiler would be done: compile first where code can be made at run time.
    private static RuntimeOptions NativeIfPossible() => new()
    {
        Engine = RuntimeFeature.IsDynamicCodeSupported ? EngineChoice.Jit : EngineChoice.Interpreter,
    };

    private static List<CapturedPacket> ReadCapture()
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(Resource("demo.pcap")), "demo.pcap");
        return [.. reader.ReadAll()];
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the tool was built without its resource {name}");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Put(LoadedMap map, byte[] key, byte[] value)
    {
        int result = map.Update(key, value);
        if (result < 0)
        {
            throw new InvalidOperationException($"map {map.Name} refused an element: {Diagnostics.Errno.NameOf(-result)}");
        }
    }

    private static IEnumerable<(byte[] Key, byte[] Value)> Elements(LoadedMap map)
    {
        byte[] key = [];
        byte[] next = new byte[map.Spec.KeySize];
        while (map.NextKey(key, next) == 0)
        {
            key = next;
            next = new byte[map.Spec.KeySize];
            byte[] value = new byte[map.ValueBytes];
            if (map.Lookup(key, value) == 0)
            {
                yield return (key, value);
            }
        }
    }

    private static long Sum(LoadedMap map, byte[] key)
    {
        byte[] value = new byte[map.ValueBytes];
        map.Lookup(key, value);
        long sum = 0;
        for (int at = 0; at < value.Length; at += sizeof(long))
        {
            sum += Number(value, at);
        }

        return sum;
    }

    private static byte[] Prefix(int length, string address) => [(byte)length, 0, 0, 0, .. IPAddress.Parse(address).GetAddressBytes()];

    private static byte[] Index(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static long Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
