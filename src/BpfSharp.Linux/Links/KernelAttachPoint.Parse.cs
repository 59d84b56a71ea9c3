using System.Globalization;
using System.Net;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Links;

public abstract partial record KernelAttachPoint
{
    private static readonly (string Kind, string Form)[] s_forms =
    [
        ("xdp", "xdp:DEVICE[:generic|native|offload]"),
        ("tcx", "tcx:DEVICE:ingress|egress[:first|last]"),
        ("tc", "tc:DEVICE:ingress|egress[:PRIORITY]"),
        ("netkit", "netkit:DEVICE[:peer]"),
        ("cgroup", "cgroup:PATH"),
        ("tracepoint", "tracepoint:GROUP/NAME"),
        ("raw_tp", "raw_tp:NAME"),
        ("kprobe", "kprobe:FUNCTION[+OFFSET]"),
        ("kretprobe", "kretprobe:FUNCTION"),
        ("kprobe.multi", "kprobe.multi:PATTERN"),
        ("uprobe", "uprobe:FILE:SYMBOL[+OFFSET] or uprobe:FILE:OFFSET"),
        ("uretprobe", "uretprobe:FILE:SYMBOL"),
        ("uprobe.multi", "uprobe.multi:FILE:PATTERN"),
        ("usdt", "usdt:FILE:PROVIDER:NAME"),
        ("perf", "perf:cpu-clock:FREQUENCYhz[:CPU] or perf:page-faults:PROCESS"),
        ("netfilter", "netfilter:prerouting|input|forward|output|postrouting[:PRIORITY[:ip6]]"),
        ("netns", "netns[:PATH]"),
        ("route", "route:ADDRESS/BITS:DEVICE"),
        ("target", "target (what the program was loaded for)"),
        ("iter", "iter"),
    ];

    /// <summary>The forms <see cref="Parse"/> understands, one a line.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. s_forms.Select(f => f.Form)];

    /// <summary>Reads a hook as people write it, for example <c>xdp:veth0:generic</c> or <c>uprobe:/lib/x.so:symbol</c>.</summary>
    /// <param name="text">The text; empty or <c>auto</c> for what the program's section names.</param>
    /// <param name="program">The program to be attached.</param>
    /// <exception cref="KernelException">The text is not understood (BPF4112); the message says what is allowed.</exception>
    public static KernelAttachPoint Parse(string text, ProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(program);
        if (text.Length == 0 || text == "auto")
        {
            return FromSpec(program) ?? throw NotUnderstood(text, $"section '{program.Section}' of program '{program.Name}' does not say where to attach",
                string.Join("; ", Forms));
        }

        string[] parts = text.Split(':');
        return Build(parts) ?? throw NotUnderstood(text, $"'{text}' is no hook",
            s_forms.Where(f => f.Kind == parts[0]).Select(f => f.Form).FirstOrDefault() is { } form ? $"write {form}" : string.Join("; ", Forms));
    }

    private static KernelAttachPoint? Build(string[] parts)
    {
        string rest = string.Join(':', parts.Skip(1));
        return parts switch
        {
            ["xdp", { Length: > 0 } device] => new Xdp(device),
            ["xdp", { Length: > 0 } device, var mode] when TryMode(mode, out XdpMode value) => new Xdp(device, value),
            ["tcx", { Length: > 0 } device, var way] when TryDirection(way, out TrafficDirection direction) => new Tcx(device, direction),
            ["tcx", { Length: > 0 } device, var way, "first"] when TryDirection(way, out TrafficDirection direction) => new Tcx(device, direction, LinkOrder.First),
            ["tcx", { Length: > 0 } device, var way, "last"] when TryDirection(way, out TrafficDirection direction) => new Tcx(device, direction, LinkOrder.Last),
            ["tc", { Length: > 0 } device, var way] when TryDirection(way, out TrafficDirection direction) => new TcClassifier(device, direction),
            ["tc", { Length: > 0 } device, var way, var priority] when TryDirection(way, out TrafficDirection direction)
                && ushort.TryParse(priority, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) => new TcClassifier(device, direction, number),
            ["netkit", { Length: > 0 } device] => new Netkit(device),
            ["netkit", { Length: > 0 } device, "peer"] => new Netkit(device, OfPeer: true),
            ["cgroup", _, ..] when rest.Length > 0 => new CgroupHook(rest),
            ["tracepoint" or "tp", var name] when name.Split('/') is [{ Length: > 0 } category, { Length: > 0 } tracepoint] => new Tracepoint(category, tracepoint),
            ["raw_tp", { Length: > 0 } name] => new RawTracepoint(name),
            ["kprobe" or "kretprobe", { Length: > 0 } name] when SplitOffset(name) is var (function, offset) =>
                new Kprobe(function, parts[0] == "kretprobe", offset),
            ["kprobe.multi" or "kretprobe.multi", { Length: > 0 } pattern] => new KprobeMulti { Pattern = pattern, IsReturn = parts[0][1] == 'r' },
            ["uprobe" or "uretprobe", _, ..] => UprobeOf(rest, parts[0] == "uretprobe"),
            ["uprobe.multi" or "uretprobe.multi", _, ..] when SplitLast(rest) is { } place =>
                new UprobeMulti(place.Path) { Pattern = place.Last, IsReturn = parts[0][1] == 'r' },
            ["usdt", _, ..] => UsdtOf(rest),
            ["perf", "cpu-clock", var frequency] when TryFrequency(frequency, out ulong hertz) => PerfEvent.CpuClock(0, hertz),
            ["perf", "cpu-clock", var frequency, var cpu] when TryFrequency(frequency, out ulong hertz)
                && int.TryParse(cpu, NumberStyles.None, CultureInfo.InvariantCulture, out int number) => PerfEvent.CpuClock(number, hertz),
            ["perf", "page-faults", var process] when int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id) => PerfEvent.PageFaults(id),
            ["netfilter", var hook] when TryHook(hook, out NetfilterHook place) => new Netfilter(place),
            ["netfilter", var hook, var priority] when TryHook(hook, out NetfilterHook place) && TryInt(priority, out int number) => new Netfilter(place, number),
            ["netfilter", var hook, var priority, "ip6"] when TryHook(hook, out NetfilterHook place) && TryInt(priority, out int number) => new Netfilter(place, number, IsIPv6: true),
            ["netns"] => new NetworkNamespace(),
            ["netns", { Length: > 0 } path] => new NetworkNamespace(path),
            ["route", .., { Length: > 0 } device] when parts.Length >= 3 => RouteOf(string.Join(':', parts[1..^1]), device),
            ["target"] => new LoadTarget(),
            ["iter"] => new Iterator(),
            _ => null,
        };
    }

    private static LightweightTunnel? RouteOf(string destination, string device) =>
        IPNetwork.TryParse(destination, out IPNetwork network) ? new LightweightTunnel(network.BaseAddress, (byte)network.PrefixLength, device) : null;

    private static bool TryMode(string text, out XdpMode mode)
    {
        mode = text switch { "generic" => XdpMode.Generic, "native" => XdpMode.Native, "offload" => XdpMode.Offload, _ => XdpMode.Automatic };
        return mode != XdpMode.Automatic;
    }

    private static bool TryDirection(string text, out TrafficDirection direction)
    {
        direction = text == "egress" ? TrafficDirection.Egress : TrafficDirection.Ingress;
        return text is "ingress" or "egress";
    }

    private static bool TryHook(string text, out NetfilterHook hook)
    {
        hook = (NetfilterHook)Array.IndexOf(["prerouting", "input", "forward", "output", "postrouting"], text);
        return hook >= 0;
    }

    private static bool TryInt(string text, out int number) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool TryFrequency(string text, out ulong hertz) => ulong.TryParse(
        text.EndsWith("hz", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(0, text.Length - 2) : text, NumberStyles.None, CultureInfo.InvariantCulture, out hertz)
        && hertz > 0;

    private static KernelException NotUnderstood(string text, string message, string suggestion) =>
        KernelException.Missing("BPF4112", $"hook '{text}'", message, suggestion);
}
