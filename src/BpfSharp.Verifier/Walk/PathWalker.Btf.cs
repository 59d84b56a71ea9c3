using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    private int KernelTypeId(string name) =>
        _program.Options.KernelTypes is { } types ? Math.Max(0, types.Find(name, BtfKind.Struct)) : 0;

    private RegisterState ReadBtf(in RegisterState pointer, int offset, int size)
    {
        _ = pointer;
        _ = offset;
        _ = size;
        throw new NotModelledException(_slot, "a load through a typed kernel pointer");
    }

    private void WriteBtf(in RegisterState pointer, int offset, int size, in RegisterState value)
    {
        _ = pointer;
        _ = offset;
        _ = size;
        _ = value;
        throw new NotModelledException(_slot, "a store through a typed kernel pointer");
    }

    private void UseBtf(in RegisterState pointer, int size, bool writes)
    {
        _ = pointer;
        _ = size;
        _ = writes;
        throw new NotModelledException(_slot, "a typed kernel pointer as memory argument");
    }

    private RegisterState ReadMapStructure(in RegisterState pointer, int offset, int size)
    {
        _ = pointer;
        _ = offset;
        _ = size;
        throw new NotModelledException(_slot, "a load of a map's own fields");
    }

    private RegisterState ReadFunctionContext(in RegisterState pointer, int offset, int size)
    {
        _ = pointer;
        if (_program.Type == ProgramType.Tracepoint)
        {
            const int MaxTracepointRecord = 8192;
            if (offset < 8 || offset + size > MaxTracepointRecord || offset % size != 0)
            {
                throw BadContextAccess("load", offset, size);
            }

            return RegisterState.UnknownScalar;
        }

        if (_program.Type == ProgramType.Syscall)
        {
            if (offset < 0 || offset + size > 65536)
            {
                throw BadContextAccess("load", offset, size);
            }

            return RegisterState.UnknownScalar;
        }

        throw new NotModelledException(_slot, "a context that is a kernel function's arguments");
    }

    private bool IsTypedAs(in RegisterState value, string type) =>
        value.Kind == RegisterKind.BtfPointer && value.Object != 0 && value.Object == KernelTypeId(type);

    private static void RequireTyped(HelperInfo helper, int index, in RegisterState value, string type)
    {
        _ = helper;
        _ = index;
        _ = value;
        _ = type;
    }

    private RegisterState BtfResult(HelperInfo helper, in CallFacts facts)
    {
        _ = facts;
        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer);
        result.Object = KernelTypeId(helper.ReturnBtfType ?? "");
        if (helper.Return == HelperReturn.TrustedBtfPointer)
        {
            result.Flags |= RegisterFlags.Trusted;
        }
        else if (helper.Return == HelperReturn.BtfPointerOrNull)
        {
            result.Flags |= RegisterFlags.MaybeNull;
        }

        return result;
    }

    private RegisterState PerCpuResult(in CallFacts facts)
    {
        _ = facts;
        throw new NotModelledException(_slot, "a per-CPU kernel variable");
    }

    private static SpecialField? KptrAt(SpecialFields fields, in RegisterState pointer, int offset, int size)
    {
        _ = fields;
        _ = pointer;
        _ = offset;
        _ = size;
        return null;
    }

    private RegisterState LoadKptr(in RegisterState pointer, in SpecialField field)
    {
        _ = pointer;
        _ = field;
        throw new NotModelledException(_slot, "a kernel pointer in a map");
    }

    private void StoreKptr(in SpecialField field, in RegisterState value, int source)
    {
        _ = field;
        _ = value;
        _ = source;
        throw new NotModelledException(_slot, "a kernel pointer in a map");
    }

    private void CheckTimer(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        _ = helper;
        _ = index;
        _ = value;
        _ = facts;
        throw new NotModelledException(_slot, "timers");
    }

    private void CheckKptrSlot(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        _ = helper;
        _ = index;
        _ = value;
        _ = facts;
        throw new NotModelledException(_slot, "kernel pointers in maps");
    }

    private static void CheckKptrValue(HelperInfo helper, int index, in RegisterState value, ref CallFacts facts)
    {
        _ = helper;
        _ = index;
        _ = value;
        _ = facts;
    }

    private void ProcessSpinLock(bool locks, in RegisterState value, SpecialFieldKind kind)
    {
        _ = locks;
        _ = value;
        _ = kind;
        throw new NotModelledException(_slot, "spin locks");
    }

    private bool CheckKfuncCall(in DecodedInstruction insn) =>
        throw new NotModelledException(_slot, $"the kernel function {_program.KfuncName(insn)}");

    private static bool IsIteratorActive() => false;

    private void Throw(FunctionInfo callee)
    {
        _ = callee;
        throw new NotModelledException(_slot, "exceptions");
    }

    private static ReturnRange? HookReturnRange() => null;

    private static bool HookReturnsNothing() => false;

    private bool ReturnsVoid(FunctionInfo function)
    {
        if (_program.Object.Btf is not { } btf || function.BtfTypeId == 0)
        {
            return false;
        }

        BtfType prototype = btf[btf[function.BtfTypeId].TypeId];
        return prototype.TypeId == 0;
    }

    private void CheckGlobalArguments(FunctionInfo callee)
    {
        _ = callee;
        throw new NotModelledException(_slot, "global functions");
    }

    private void SetUpArguments(int function)
    {
        if (function != 0)
        {
            throw new NotModelledException(_slot, "global functions");
        }

        _frame.Registers[1] = RegisterState.Pointer(RegisterKind.Context);
        _frame.Registers[1].Origin = -1;
    }

    private void CheckProgram()
    {
        if (_program.TypeInfo is null)
        {
            throw new NotModelledException(-1, $"programs of type {_program.Type}");
        }

        if (_program.Type == ProgramType.Extension)
        {
            throw new NotModelledException(-1, "programs that replace a function of another program");
        }
    }
}
