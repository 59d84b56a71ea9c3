using System.Collections.Immutable;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Emit;

/// <summary>One function as code: instructions, and what refers to other functions and to the target's types.</summary>
internal sealed class CompiledFunction
{
    public required Function Function { get; init; }

    public required string Name { get; init; }

    public List<Instruction> Code { get; } = [];

    /// <summary>Calls and address loads of functions, by slot.</summary>
    public List<(int Slot, Function Target)> References { get; } = [];

    public List<(int Slot, CoreRequest Request)> Core { get; } = [];

    public List<(int Slot, int Source)> Lines { get; } = [];

    public int StackBytes { get; set; }
}

/// <summary>Turns the IR of a function into code.</summary>
internal static class Emitter
{
    private const int StackLimit = 512;

    public static CompiledFunction Compile(Function function, ObjectContext context)
    {
        MachineFunction machine = Selector.Run(function, context.Options.CpuLevel);
        RegisterAllocator.Run(machine);
        Peephole.Run(machine);
        ExitSharing.Run(machine);
        int stack = FrameLayout.Assign(machine);
        if (stack > StackLimit)
        {
            throw new CompileError(FindingTable.StackExceeded,
                stack.ToString(System.Globalization.CultureInfo.InvariantCulture), FirstSource(function));
        }

        List<MachineBlock> order = Layout.Order(machine);
        Layout.FallThrough(order);
        AssignSlots(order);
        if (context.Options.CpuLevel >= 4)
        {
            while (Layout.Lengthen(order))
            {
                AssignSlots(order);
            }
        }

        CompiledFunction result = new() { Function = function, Name = function.Name, StackBytes = stack };
        Encode(order, result, context);
        return result;
    }

    private static SourceLocation? FirstSource(Function function) => function.Sources.Count > 0 ? function.Sources[0] : null;

    private static int SizeOf(MachineInst inst) =>
        inst.Kind == MachineKind.Plain && OpcodeTable.Get(inst.Op).Kind == OpKind.LoadImmediate64 ? 2 : 1;

    private static void AssignSlots(List<MachineBlock> order)
    {
        int slot = 0;
        foreach (MachineBlock block in order)
        {
            block.Slot = slot;
            slot += block.Insts.Sum(SizeOf);
        }
    }

    private static void Encode(List<MachineBlock> order, CompiledFunction result, ObjectContext context)
    {
        int line = -2;
        foreach (MachineBlock block in order)
        {
            foreach (MachineInst inst in block.Insts)
            {
                int at = result.Code.Count;
                if (inst.Source >= 0 && inst.Source != line)
                {
                    result.Lines.Add((at, inst.Source));
                    line = inst.Source;
                }

                EncodeOne(inst, at, result, context);
            }
        }
    }

    private static void EncodeOne(MachineInst inst, int at, CompiledFunction result, ObjectContext context)
    {
        switch (inst.Kind)
        {
            case MachineKind.Copy:
                result.Code.Add(Instruction.Encode(Op.Mov64Reg, (Register)inst.Dst, (Register)inst.Src));
                return;
            case MachineKind.Exit:
                result.Code.Add(Instruction.Encode(Op.Exit));
                return;
            case MachineKind.Jump:
                EncodeJump(inst, at, result, context);
                return;
            case MachineKind.Branch:
                result.Code.Add(Instruction.Encode(
                    inst.Op, (Register)Math.Max(inst.Dst, 0), (Register)Math.Max(inst.Src, 0),
                    Distance(inst, at, result), (int)inst.Imm));
                return;
            case MachineKind.Call:
                if (inst.Data is Function callee)
                {
                    result.References.Add((at, callee));
                }

                result.Code.Add(Instruction.Encode(inst.Op, imm: (int)inst.Imm));
                return;
            case MachineKind.Plain:
                break;
        }

        if (inst.Data is CoreRequest request)
        {
            result.Core.Add((at, request));
        }

        if (OpcodeTable.Get(inst.Op).Kind == OpKind.LoadImmediate64)
        {
            if (inst.Op == Op.LoadFunction)
            {
                result.References.Add((at, context.FunctionOf(inst.Data!)));
            }

            result.Code.Add(Instruction.Encode(inst.Op, (Register)inst.Dst, imm: (int)inst.Imm));
            result.Code.Add(new Instruction(0, imm: (int)(inst.Imm >> 32)));
            return;
        }

        result.Code.Add(Instruction.Encode(
            inst.Op, (Register)Math.Max(inst.Dst, 0), (Register)Math.Max(inst.Src, 0), checked((short)inst.Offset), (int)inst.Imm));
    }

    private static void EncodeJump(MachineInst inst, int at, CompiledFunction result, ObjectContext context)
    {
        int distance = inst.Target!.Slot - at - 1;
        if (distance is >= short.MinValue and <= short.MaxValue)
        {
            result.Code.Add(Instruction.Encode(Op.Ja, offset: (short)distance));
        }
        else if (context.Options.CpuLevel >= 4)
        {
            result.Code.Add(Instruction.Encode(Op.Ja32, imm: distance));
        }
        else
        {
            throw TooFar(distance, inst, result);
        }
    }

    private static short Distance(MachineInst inst, int at, CompiledFunction result)
    {
        int distance = inst.Target!.Slot - at - 1;
        return distance is >= short.MinValue and <= short.MaxValue ? (short)distance : throw TooFar(distance, inst, result);
    }

    private static CompileError TooFar(int distance, MachineInst inst, CompiledFunction result) => new(FindingTable.JumpRange,
        distance.ToString(System.Globalization.CultureInfo.InvariantCulture),
        inst.Source >= 0 ? result.Function.Sources[inst.Source] : FirstSource(result.Function));

    /// <summary>Puts a program and every function it reaches behind one another and resolves the references.</summary>
    public static void Link(
        ProgramSpec program, CompiledFunction main, Func<Function, CompiledFunction> compiled,
        Func<CompiledFunction, int> typeOf, Func<CoreRequest, CoreRelocation> relocate)
    {
        List<CompiledFunction> all = [main];
        Dictionary<Function, int> start = new() { [main.Function] = 0 };
        int length = main.Code.Count;
        for (int i = 0; i < all.Count; i++)
        {
            foreach ((_, Function target) in all[i].References)
            {
                if (start.ContainsKey(target))
                {
                    continue;
                }

                CompiledFunction callee = compiled(target);
                start[target] = length;
                length += callee.Code.Count;
                all.Add(callee);
            }
        }

        ImmutableArray<Instruction>.Builder code = ImmutableArray.CreateBuilder<Instruction>(length);
        ImmutableArray<Objects.Subprogram>.Builder functions = ImmutableArray.CreateBuilder<Objects.Subprogram>(all.Count);
        ImmutableArray<LineInfo>.Builder lines = ImmutableArray.CreateBuilder<LineInfo>();
        ImmutableArray<CoreRelocation>.Builder core = ImmutableArray.CreateBuilder<CoreRelocation>();
        foreach (CompiledFunction function in all)
        {
            int origin = code.Count;
            functions.Add(new Objects.Subprogram(function.Name, origin, typeOf(function), function.Function.IsGlobal || function.Function.IsMain));
            Instruction[] own = [.. function.Code];
            foreach ((int slot, Function target) in function.References)
            {
                own[slot] = own[slot].WithImm(start[target] - (origin + slot + 1));
            }

            code.AddRange(own);
            // The kernel wants a line for the first slot of every function.
            bool first = true;
            foreach ((int slot, int source) in function.Lines)
            {
                lines.Add(new LineInfo(first ? origin : origin + slot, function.Function.Sources[source]));
                first = false;
            }

            foreach ((int slot, CoreRequest request) in function.Core)
            {
                core.Add(relocate(request) with { Slot = origin + slot });
            }
        }

        program.Instructions = code.MoveToImmutable();
        program.Subprograms = functions.MoveToImmutable();
        bool everywhere = all.TrueForAll(f => f.Lines.Count > 0);
        program.Lines = everywhere ? lines.ToImmutable() : [];
        program.CoreRelocations = core.ToImmutable();
    }
}
