using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Symbols;

namespace BpfSharp.Linux.Links;

/// <summary>A static user-space tracepoint of a program or library: every place it was compiled to.</summary>
/// <remarks>
/// Arguments are read by objects that have the usual maps for it (<c>__bpf_usdt_specs</c>, filled here); the place's
/// number travels as the attach cookie, so Linux 5.15 is needed. Semaphores are raised while attached.
/// </remarks>
/// <param name="Path">The file; a bare name such as <c>libc.so.6</c> is looked up where the loader would.</param>
/// <param name="Provider">Its provider.</param>
/// <param name="Name">Its name.</param>
/// <param name="ProcessId">Only this process; -1 for all, 0 for this one.</param>
/// <param name="Cookie">A number the program reads as the USDT's own cookie; 0 for none.</param>
[SupportedOSPlatform("linux")]
public sealed record Usdt(string Path, string Provider, string Name, int ProcessId = -1, ulong Cookie = 0) : KernelAttachPoint
{
    private const string SpecMap = "__bpf_usdt_specs";
    private const int MaxArguments = 12;
    private const int ArgumentBytes = 16;
    private const int SpecBytes = (MaxArguments * ArgumentBytes) + 16;

    internal override KernelLink AttachProgram(KernelProgram program)
    {
        string path = LibraryPath.Find(Path) ?? throw Absent(program, $"there is no file {Path}");
        IReadOnlyList<UsdtNote> all = UsdtNote.ReadAll(path);
        UsdtNote[] places = [.. all.Where(n => n.Provider == Provider && n.Name == Name)];
        if (places.Length == 0)
        {
            string[] others = [.. all.Select(n => $"{n.Provider}:{n.Name}").Distinct().Take(8)];
            throw Absent(program, $"{path} has no USDT {Provider}:{Name}", others.Length == 0 ? "it has none at all" : "it has: " + string.Join(", ", others));
        }

        ulong[] cookies = [.. places.Select(place => FillSpec(program, place))];
        if (program.Spec.AttachType == AttachType.TraceUprobeMulti)
        {
            KernelLink link = new UprobeMulti(path)
            {
                Offsets = [.. places.Select(p => p.FileOffset)],
                Cookies = [.. cookies],
                CounterOffsets = places.Any(p => p.CounterOffset != 0) ? [.. places.Select(p => p.CounterOffset)] : [],
                ProcessId = ProcessId,
            }.AttachProgram(program);
            return link;
        }

        List<KernelLink> links = [];
        try
        {
            for (int i = 0; i < places.Length; i++)
            {
                links.Add(new Uprobe(path, null, false, places[i].FileOffset, ProcessId, cookies[i], places[i].CounterOffset).AttachProgram(program));
            }

            KernelLink[] held = [.. links];
            links.Clear();
            return new HeldLink(this, () => Array.ForEach(held, link => link.Dispose()));
        }
        finally
        {
            links.ForEach(link => link.Dispose());
        }
    }

    /// <summary>Describes a place's arguments to the program, if it reads them.</summary>
    /// <returns>The number of the description, or the user's own cookie for programs that read no arguments.</returns>
    private ulong FillSpec(KernelProgram program, UsdtNote place)
    {
        if (program.FindMap(SpecMap) is not { } specs)
        {
            return Cookie;
        }

        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw Absent(program, "USDT arguments are read on x86-64 only", "remove the argument maps to attach without arguments");
        }

        byte[] spec = new byte[Math.Max(SpecBytes, specs.Spec.ValueSize)];
        IReadOnlyList<UsdtArgument> arguments;
        try
        {
            arguments = UsdtArgument.ReadAll(place.Arguments);
        }
        catch (FormatException e)
        {
            throw Absent(program, e.Message);
        }

        if (arguments.Count > MaxArguments)
        {
            throw Absent(program, $"{Provider}:{Name} has {arguments.Count} arguments; {MaxArguments} can be read");
        }

        for (int i = 0; i < arguments.Count; i++)
        {
            Write(spec.AsSpan(i * ArgumentBytes, ArgumentBytes), arguments[i]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(spec.AsSpan(MaxArguments * ArgumentBytes), Cookie);
        BinaryPrimitives.WriteInt16LittleEndian(spec.AsSpan((MaxArguments * ArgumentBytes) + 8), (short)arguments.Count);
        uint number = program.NextUsdtNumber();
        if (number >= specs.Spec.MaxEntries)
        {
            throw Absent(program, $"map {SpecMap} holds {specs.Spec.MaxEntries} places and is full", "make it larger before load");
        }

        byte[] key = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(key, number);
        int result = specs.Update(key, spec.AsSpan(0, specs.ValueBytes));
        return result == 0 ? number : throw Refused(program, "BPF_MAP_UPDATE_ELEM", -result);
    }

    /// <summary>The layout programs read: number, kind (with index register and scale), register, sign, shift to the size.</summary>
    private static void Write(Span<byte> row, UsdtArgument argument)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, argument.Value);
        uint kind = (uint)argument.Kind | (uint)argument.IndexOffset << 8 | (uint)argument.ScaleShift << 20;
        BinaryPrimitives.WriteUInt32LittleEndian(row[8..], kind);
        BinaryPrimitives.WriteInt16LittleEndian(row[12..], (short)argument.RegisterOffset);
        row[14] = argument.IsSigned ? (byte)1 : (byte)0;
        row[15] = (byte)(64 - (argument.Bytes * 8));
    }
}
