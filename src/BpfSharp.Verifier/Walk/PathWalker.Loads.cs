using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private void CheckWideImmediate(in DecodedInstruction insn)
    {
        ref RegisterState target = ref Reg(insn.Dst);
        switch (insn.Op)
        {
            case Op.LoadImm64:
                target = RegisterState.Const((ulong)insn.Imm);
                break;
            case Op.LoadMapIndex:
                target = MapPointer(MapOf((int)insn.Imm), 0);
                break;
            case Op.LoadMapValueIndex:
                MapInfo map = MapOf((int)insn.Imm);
                int offset = (int)(insn.Imm >> 32);
                if (map.Type == MapType.Arena)
                {
                    // The address as user space sees it: a number until it is cast.
                    target = RegisterState.UnknownScalar;
                    break;
                }

                if (map.Type != MapType.Array || map.Spec.MaxEntries != 1)
                {
                    throw Reject(FindingIds.Encoding, $"the address of a value of {map}: only arrays of one element have a fixed one");
                }

                if ((uint)offset >= (uint)map.ValueSize)
                {
                    throw Reject(FindingIds.Encoding, $"offset {offset} of {map}, whose value has {map.ValueSize} bytes");
                }

                target = MapPart(RegisterKind.MapValue, map, 0);
                target.Offset = offset;
                break;
            case Op.LoadFunction:
                int function = _code.FunctionOf[insn.CallTarget];
                if (_code.Functions[function].Start != insn.CallTarget)
                {
                    throw Reject(FindingIds.JumpRange, "the address of something that is not the start of a function");
                }

                target = RegisterState.Pointer(RegisterKind.Function);
                target.Object = function;
                break;
            case Op.LoadBtfId:
                target = LoadKernelSymbol(insn);
                break;
            default:
                throw Reject(FindingIds.Encoding, "this form of the 64-bit load refers to file descriptors, which a linked program has none of");
        }

        target.Origin = _slot;
    }

    private void LeaveEarly()
    {
        PathState early = Fork(_frame.CallSite + 1);
        FrameState callee = early.Current;
        FrameState caller = early[early.Depth - 2];
        caller.Registers[0] = RegisterState.Const(0);
        early.Frames[early.Depth - 1] = null;
        early.Depth--;
        _pool.Return(callee);
    }

    private MapInfo MapOf(int index)
    {
        if ((uint)index >= (uint)_program.Object.Maps.Count)
        {
            throw Reject(FindingIds.MapUse, $"map {index} does not exist; the object has {_program.Object.Maps.Count}");
        }

        MapInfo map = _program.Maps[index];
        return map.Type != MapType.Unspecified ? map
            : throw Reject(FindingIds.MapUse, $"{map} has no type", "declare the map with its type");
    }

    private RegisterState LoadKernelSymbol(in DecodedInstruction insn)
    {
        int index = (int)insn.Imm;
        if ((uint)index >= (uint)_program.Object.Externs.Count)
        {
            throw Reject(FindingIds.Encoding, $"extern {index} does not exist");
        }

        ExternSpec symbol = _program.Object.Externs[index];
        if (symbol.Kind == ExternKind.UntypedKernelSymbol)
        {
            return RegisterState.UnknownScalar;
        }

        if (IsUnresolved(index))
        {
            return symbol.IsWeak ? RegisterState.Const(0)
                : throw Reject(FindingIds.Attach, $"the kernel has no symbol '{symbol.Name}'", "declare it weak and check for it");
        }

        Btf.BtfFile types = KernelTypes;
        int variable = types.Find(symbol.Name, Btf.BtfKind.Variable);
        if (variable == 0)
        {
            return RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly);
        }

        Btf.BtfType type = types.SkipModifiers(types[variable].TypeId);
        RegisterState pointer;
        if (IsPerCpu(types, variable))
        {
            pointer = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.PerCpu);
            pointer.Object = type.Id;
        }
        else if (type.Kind is Btf.BtfKind.Struct or Btf.BtfKind.Union)
        {
            pointer = RegisterState.Pointer(RegisterKind.BtfPointer);
            pointer.Object = type.Id;
        }
        else
        {
            pointer = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly);
            pointer.Extra = types.SizeOf(type.Id);
        }

        return pointer;
    }

    private static bool IsPerCpu(Btf.BtfFile types, int variable)
    {
        int section = types.Find(".data..percpu", Btf.BtfKind.DataSection);
        if (section == 0)
        {
            return false;
        }

        Btf.BtfList<Btf.BtfSectionVariable> variables = types[section].Variables;
        for (int i = 0; i < variables.Count; i++)
        {
            if (variables[i].TypeId == variable)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the kernel lacks what an extern names (with the kernel's types at hand).</summary>
    private bool IsUnresolved(int index)
    {
        if ((uint)index >= (uint)_program.Object.Externs.Count)
        {
            return true;
        }

        ExternSpec symbol = _program.Object.Externs[index];
        string name = symbol.Name;
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        name = flavour > 0 ? name[..flavour] : name;
        return name.Length == 0 || (_program.Options.KernelTypes is { } types
            && types.Find(name, Btf.BtfKind.Function) == 0 && types.Find(name, Btf.BtfKind.Variable) == 0);
    }

    private void CheckLegacyPacket(in DecodedInstruction insn, in OpcodeInfo row)
    {
        if ((_program.TypeInfo?.Traits & ProgramTypeTraits.ClassicPacketLoads) == 0)
        {
            throw Reject(FindingIds.CallNotAllowed, $"ld_abs and ld_ind are not for programs of type {_program.Type}");
        }

        RequireReadable(Register.R6);
        RequireBalanced(true, "before a packet load that may end the program");
        if (Reg(Register.R6).Kind != RegisterKind.Context)
        {
            throw Reject(FindingIds.Argument, "r6 must hold the context for ld_abs and ld_ind", "r6 = r1 at the program's start");
        }

        if (row.Operation == Operation.LdInd)
        {
            RequireReadable(insn.Src);
        }

        RequireUnmovedContext(Reg(Register.R6));
        RequireConstOffset(Reg(Register.R6));
        if (_state.Depth > 1)
        {
            if (ReturnsVoid(_code.Functions[_frame.Subprogram]))
            {
                throw Reject(FindingIds.ReturnValue, "ld_abs and ld_ind are only for functions that return int");
            }

            // Outside the packet, the function (not the program) ends with 0.
            LeaveEarly();
        }

        ClearCallerSaved(_frame);
        Reg(Register.R0) = RegisterState.UnknownScalar;
        Reg(Register.R0).Origin = _slot;
    }
}
