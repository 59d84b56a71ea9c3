using BpfSharp.Hooks;
using BpfSharp.Objects;

#pragma warning disable IDE0010, IDE0072 // a handful of types say in their section where they attach; all others need a target

namespace BpfSharp.Linux.Links;

public abstract partial record KernelAttachPoint
{
    /// <summary>The hook a program's section names in full, as <c>tracepoint/sched/sched_switch</c> does.</summary>
    /// <param name="program">The program.</param>
    /// <returns>The hook; <see langword="null"/> when a device, cgroup, socket or the like must be said.</returns>
    public static KernelAttachPoint? FromSpec(ProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(program);
        string target = program.AttachTarget ?? "";
        return program.Type switch
        {
            ProgramType.Tracepoint when target.Split('/') is [var category, var name] => new Tracepoint(category, name),
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable when target.Length > 0 => new RawTracepoint(target),
            ProgramType.Tracing when program.AttachType == AttachType.TraceIter => new Iterator(),
            ProgramType.Tracing or ProgramType.Extension when target.Length > 0 => new LoadTarget(),
            ProgramType.Lsm when program.AttachType != AttachType.LsmCgroup && target.Length > 0 => new LoadTarget(),
            ProgramType.Kprobe when target.Length > 0 => ProbeOf(program, target),
            _ => null,
        };
    }

    private static KernelAttachPoint? ProbeOf(ProgramSpec program, string target)
    {
        string section = program.Section.TrimStart('?');
        int slash = section.IndexOf('/', StringComparison.Ordinal);
        string prefix = slash < 0 ? section : section[..slash];
        string kind = prefix.EndsWith(".s", StringComparison.Ordinal) ? prefix[..^2] : prefix;
        switch (kind)
        {
            case "kprobe" or "kretprobe":
                (string function, ulong offset) = SplitOffset(target);
                return new Kprobe(function, kind == "kretprobe", offset);
            case "ksyscall" or "kretsyscall":
                return new Kprobe(SystemCallPrefix + target, kind == "kretsyscall");
            case "kprobe.multi" or "kretprobe.multi" or "kprobe.session":
                return new KprobeMulti { Pattern = target, IsReturn = kind == "kretprobe.multi" };
            case "uprobe" or "uretprobe":
                return UprobeOf(target, kind == "uretprobe");
            case "uprobe.multi" or "uretprobe.multi" or "uprobe.session" when SplitLast(target) is { } place:
                return new UprobeMulti(place.Path) { Pattern = place.Last, IsReturn = kind == "uretprobe.multi" };
            case "usdt":
                return UsdtOf(target);
            default:
                return null;
        }
    }

    private static string SystemCallPrefix =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? "__arm64_sys_" : "__x64_sys_";

    private static Uprobe? UprobeOf(string target, bool isReturn)
    {
        if (SplitLast(target) is not { } place)
        {
            return null;
        }

        if (TryNumber(place.Last, out ulong address))
        {
            return new Uprobe(place.Path, null, isReturn, address);
        }

        (string function, ulong offset) = SplitOffset(place.Last);
        return new Uprobe(place.Path, function, isReturn, offset);
    }

    private static Usdt? UsdtOf(string target) =>
        target.Split(':') is [.. var path, var provider, var name] && path.Length > 0 ? new Usdt(string.Join(':', path), provider, name) : null;

    private static (string Path, string Last)? SplitLast(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon <= 0 || colon == text.Length - 1 ? null : (text[..colon], text[(colon + 1)..]);
    }

    private static (string Name, ulong Offset) SplitOffset(string text)
    {
        int plus = text.LastIndexOf('+');
        return plus > 0 && TryNumber(text[(plus + 1)..], out ulong offset) ? (text[..plus], offset) : (text, 0);
    }

    private static bool TryNumber(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number);
}
