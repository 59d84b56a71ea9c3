using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Introspection;

/// <summary>Machine code of one function of a program.</summary>
/// <param name="Name">Its name, where types tell; else empty.</param>
/// <param name="Address">Where it runs; 0 if the kernel hides it.</param>
/// <param name="Code">Its bytes.</param>
public sealed record MachineFunction(string Name, ulong Address, ReadOnlyMemory<byte> Code);

/// <summary>A place in machine code and the source line it comes from.</summary>
/// <param name="Address">The place.</param>
/// <param name="Source">The line.</param>
public sealed record MachineLine(ulong Address, SourceLocation Source);

/// <summary>What a loaded program consists of: the verifier's instructions, machine code and source lines.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProgramCode
{
    private ProgramCode() { }

    /// <summary>Instructions after the verifier's rewriting; empty if the kernel hides them (bpf_jit_harden, missing capabilities).</summary>
    public ImmutableArray<Instruction> Translated { get; private init; } = [];

    /// <summary>Functions by start slot.</summary>
    public ImmutableArray<Subprogram> Functions { get; private init; } = [];

    /// <summary>Source lines by slot of <see cref="Translated"/>.</summary>
    public ImmutableArray<LineInfo> Lines { get; private init; } = [];

    /// <summary>Machine code, a function each; empty if there is none or it is hidden.</summary>
    public ImmutableArray<MachineFunction> Machine { get; private init; } = [];

    /// <summary>Source lines by address of the machine code.</summary>
    public ImmutableArray<MachineLine> MachineLines { get; private init; } = [];

    /// <summary>Reads a program.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static unsafe ProgramCode Read(BpfHandle program)
    {
        RawProgInfo sizes = default;
        Check(BpfSyscall.Info(program.Fd, ref sizes));
        byte[] translated = new byte[sizes.XlatedProgLen];
        byte[] machine = new byte[sizes.JitedProgLen];
        ulong[] symbols = new ulong[sizes.NrJitedKsyms];
        uint[] lengths = new uint[sizes.NrJitedFuncLens];
        byte[] functions = new byte[sizes.NrFuncInfo * 8];
        byte[] lines = new byte[sizes.NrLineInfo * 16];
        ulong[] machineLines = new ulong[sizes.NrJitedLineInfo];
        fixed (byte* translatedPointer = translated)
        fixed (byte* machinePointer = machine)
        fixed (ulong* symbolPointer = symbols)
        fixed (uint* lengthPointer = lengths)
        fixed (byte* functionPointer = functions)
        fixed (byte* linePointer = lines)
        fixed (ulong* machineLinePointer = machineLines)
        {
            RawProgInfo filled = new()
            {
                XlatedProgLen = (uint)translated.Length,
                XlatedProgInsns = (ulong)translatedPointer,
                JitedProgLen = (uint)machine.Length,
                JitedProgInsns = (ulong)machinePointer,
                NrJitedKsyms = (uint)symbols.Length,
                JitedKsyms = (ulong)symbolPointer,
                NrJitedFuncLens = (uint)lengths.Length,
                JitedFuncLens = (ulong)lengthPointer,
                NrFuncInfo = (uint)functions.Length / 8,
                FuncInfoRecSize = 8,
                FuncInfo = (ulong)functionPointer,
                NrLineInfo = (uint)lines.Length / 16,
                LineInfoRecSize = 16,
                LineInfo = (ulong)linePointer,
                NrJitedLineInfo = (uint)machineLines.Length,
                JitedLineInfoRecSize = 8,
                JitedLineInfo = (ulong)machineLinePointer,
            };
            Check(BpfSyscall.Info(program.Fd, ref filled));
            // A pointer zeroed by the kernel means the part is hidden from this process.
            translated = filled.XlatedProgInsns == 0 ? [] : translated;
            machine = filled.JitedProgInsns == 0 ? [] : machine;
        }

        BtfFile? types = sizes.BtfId == 0 ? null : ProgramTypes.ById(sizes.BtfId);
        ImmutableArray<Subprogram> subprograms = ReadFunctions(functions, types);
        ImmutableArray<LineInfo> sourceLines = ReadLines(lines, types);
        return new ProgramCode
        {
            Translated = ReadInstructions(translated),
            Functions = subprograms,
            Lines = sourceLines,
            Machine = ReadMachine(machine, symbols, lengths, subprograms),
            MachineLines = [.. sourceLines.Zip(machineLines, (line, address) => new MachineLine(address, line.Source)).Where(l => l.Address != 0)],
        };
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw KernelException.Refused("BPF5025", "program", "BPF_OBJ_GET_INFO_BY_FD", -result);
        }
    }

    private static ImmutableArray<Instruction> ReadInstructions(ReadOnlySpan<byte> bytes)
    {
        ImmutableArray<Instruction>.Builder builder = ImmutableArray.CreateBuilder<Instruction>(bytes.Length / Instruction.SizeInBytes);
        while (Instruction.TryRead(bytes, out Instruction instruction))
        {
            builder.Add(instruction);
            bytes = bytes[Instruction.SizeInBytes..];
        }

        return builder.ToImmutable();
    }

    private static ImmutableArray<Subprogram> ReadFunctions(byte[] rows, BtfFile? types)
    {
        ImmutableArray<Subprogram>.Builder builder = ImmutableArray.CreateBuilder<Subprogram>(rows.Length / 8);
        for (int at = 0; at < rows.Length; at += 8)
        {
            int slot = BinaryPrimitives.ReadInt32LittleEndian(rows.AsSpan(at));
            int type = BinaryPrimitives.ReadInt32LittleEndian(rows.AsSpan(at + 4));
            bool known = types is not null && types.Contains(type);
            builder.Add(new Subprogram(known ? types![type].Name : "", slot, type, known && types![type].Linkage == BtfLinkage.Global));
        }

        return builder.ToImmutable();
    }

    private static ImmutableArray<LineInfo> ReadLines(byte[] rows, BtfFile? types)
    {
        if (types is null)
        {
            return [];
        }

        ImmutableArray<LineInfo>.Builder builder = ImmutableArray.CreateBuilder<LineInfo>(rows.Length / 16);
        for (int at = 0; at < rows.Length; at += 16)
        {
            ReadOnlySpan<byte> row = rows.AsSpan(at, 16);
            uint place = BinaryPrimitives.ReadUInt32LittleEndian(row[12..]);
            builder.Add(new LineInfo(BinaryPrimitives.ReadInt32LittleEndian(row), new SourceLocation(
                types.GetString(BinaryPrimitives.ReadUInt32LittleEndian(row[4..])), (int)(place >> 10), (int)(place & 0x3ff),
                types.GetString(BinaryPrimitives.ReadUInt32LittleEndian(row[8..])))));
        }

        return builder.ToImmutable();
    }

    private static ImmutableArray<MachineFunction> ReadMachine(byte[] code, ulong[] symbols, uint[] lengths, ImmutableArray<Subprogram> functions)
    {
        ImmutableArray<MachineFunction>.Builder builder = ImmutableArray.CreateBuilder<MachineFunction>();
        int at = 0;
        for (int i = 0; i < lengths.Length && at + lengths[i] <= code.Length; i++)
        {
            builder.Add(new MachineFunction(i < functions.Length ? functions[i].Name : "", i < symbols.Length ? symbols[i] : 0,
                code.AsMemory(at, (int)lengths[i])));
            at += (int)lengths[i];
        }

        if (lengths.Length == 0 && code.Length > 0)
        {
            builder.Add(new MachineFunction("", 0, code));
        }

        return builder.ToImmutable();
    }
}
