using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>What a kernel function leaves in r0.</remarks>
internal sealed partial class PathWalker
{
    private RegisterState KfuncResult(string name, KfuncInfo info, BtfType prototype, in KfuncFacts facts)
    {
        BtfFile types = prototype.File;
        BtfType type = types.SkipModifiers(prototype.TypeId);
        if (type.Id == 0)
        {
            return RegisterState.NotInit;
        }

        if (type.Kind != BtfKind.Pointer)
        {
            return RegisterState.UnknownScalar;
        }

        BtfType target = types.SkipModifiers(type.TypeId);
        RegisterState result = SpecialResult(name, target, info, facts);
        if (info.Has(KfuncTraits.MayReturnNull) && !(name == "bpf_refcount_acquire_impl" && facts.OwnsObject))
        {
            result.Flags |= RegisterFlags.MaybeNull;
            result.Id = NextId();
        }

        if (info.Has(KfuncTraits.Acquires))
        {
            int id = AcquireReference();
            result.RefId = id;
            if (result.MaybeNull)
            {
                result.Id = id;
            }
        }
        else if (name is "bpf_rbtree_first" or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right" or "bpf_list_front" or "bpf_list_back")
        {
            result.Flags |= RegisterFlags.NonOwning;
        }

        if (name is "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr")
        {
            result.RefId = facts.Dynptr.RefId != 0 ? facts.Dynptr.RefId : facts.Dynptr.Id;
        }

        if (!result.MaybeNull && MayHoldLock(result) && result.Id == 0)
        {
            result.Id = NextId();
        }

        return result;
    }

    private RegisterState SpecialResult(string name, BtfType target, KfuncInfo info, in KfuncFacts facts)
    {
        RegisterState result;
        switch (name)
        {
            case "bpf_obj_new_impl" or "bpf_percpu_obj_new_impl":
                return NewObject(name, facts);
            case "bpf_refcount_acquire_impl":
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
                result.Object = facts.ObjectType;
                return result;
            case "bpf_list_pop_front" or "bpf_list_pop_back" or "bpf_list_front" or "bpf_list_back" or "bpf_rbtree_remove"
                or "bpf_rbtree_first" or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right":
                SpecialField root = facts.Root ?? default;
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
                result.Object = root.TypeId;
                result.Offset = root.NodeOffset;
                return result;
            case "bpf_cast_to_kern_ctx":
                result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Trusted);
                result.Object = KernelTypeId(KernelContextName());
                return result.Object != 0 ? result : throw Reject(
                    FindingIds.CallNotAllowed, $"the context of programs of type {_program.Type} is no structure of the kernel");
            case "bpf_rdonly_cast":
                return ReadOnlyCast(facts);
            case "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr":
                result = RegisterState.Pointer(RegisterKind.Memory);
                result.Extra = (int)Math.Min(facts.Constant, int.MaxValue);
                DynptrKind kind = (DynptrKind)facts.Dynptr.Object;
                bool isPacket = kind is DynptrKind.SocketBuffer or DynptrKind.Xdp or DynptrKind.SocketBufferMeta;
                result.Flags |= isPacket ? RegisterFlags.DynptrSlice : RegisterFlags.None;
                if (name == "bpf_dynptr_slice" || facts.Dynptr.Is(RegisterFlags.ReadOnly))
                {
                    result.Flags |= RegisterFlags.ReadOnly;
                }

                // The kernel asks the program type whatever the dynptr is of.
                bool asks = isPacket || _program.Options.Mode != VerifierMode.InProcess;
                if (name == "bpf_dynptr_slice_rdwr" && (facts.Dynptr.Is(RegisterFlags.ReadOnly)
                    || (asks && (_program.TypeInfo?.Traits & ProgramTypeTraits.WritesPacket) == 0)))
                {
                    throw Reject(FindingIds.ReadOnly, "the dynptr is read-only here", "use bpf_dynptr_slice");
                }

                return result;
            default:
                break;
        }

        if (target.Kind is BtfKind.Struct or BtfKind.Union)
        {
            result = RegisterState.Pointer(RegisterKind.BtfPointer);
            result.Object = target.Id;
            bool isRcu = info.Has(KfuncTraits.IteratorNext) && facts.IteratorFrame is { } frame
                && frame.Stack[facts.IteratorSlot].Spilled.Is(RegisterFlags.Rcu);
            result.Flags |= name == "bpf_get_kmem_cache" ? RegisterFlags.Untrusted : isRcu ? RegisterFlags.Rcu
                : info.Has(KfuncTraits.IteratorNext) ? RegisterFlags.Trusted : RegisterFlags.None;
            return result;
        }

        result = RegisterState.Pointer(RegisterKind.Memory);
        if (facts.HasBufferSize)
        {
            result.Extra = facts.BufferSize;
            result.Flags |= facts.BufferIsReadOnly ? RegisterFlags.ReadOnly : RegisterFlags.None;
        }
        else
        {
            result.Extra = target.Id == 0 ? 0 : target.File.SizeOf(target.Id);
            result.Flags |= RegisterFlags.ReadOnly;
        }

        if (name == "bpf_session_cookie")
        {
            result.Flags = RegisterFlags.None;
        }

        if (name is "bpf_arena_alloc_pages")
        {
            return RegisterState.UnknownScalar;
        }

        return result;
    }

    private string KernelContextName()
    {
        string? context = _program.TypeInfo?.Context;
        foreach ((string name, string kernel) in s_kernelContexts)
        {
            if (name == context)
            {
                return kernel;
            }
        }

        return context ?? "";
    }

    private RegisterState NewObject(string name, in KfuncFacts facts)
    {
        int typeId = (int)facts.Constant;
        if (_program.Object.Btf is not { } btf || !btf.Contains(typeId) || btf.SkipModifiers(typeId).Kind != BtfKind.Struct)
        {
            throw Reject(FindingIds.Protocol, $"{name}: type {typeId} is not a structure of the object");
        }

        BtfType type = btf.SkipModifiers(typeId);
        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Allocated);
        if (name == "bpf_percpu_obj_new_impl")
        {
            const int LargestPerCpuObject = 512;
            if (type.Size > LargestPerCpuObject)
            {
                throw Reject(FindingIds.Argument, $"a per-CPU object of {type.Size} bytes; allowed are {LargestPerCpuObject}");
            }

            if (FieldFinder.InObjects(btf, type.Id, _program.Options.KernelTypes).All.Length > 0)
            {
                throw Reject(FindingIds.Argument, "per-CPU objects hold numbers only");
            }

            result.Flags |= RegisterFlags.PerCpu;
        }

        result.Object = type.Id;
        return result;
    }

    private RegisterState ReadOnlyCast(in KfuncFacts facts)
    {
        BtfFile types = KernelTypes;
        int id = (int)facts.Constant;
        if (!types.Contains(id))
        {
            throw Reject(FindingIds.Argument, $"bpf_rdonly_cast: the kernel has no type {id}");
        }

        BtfType type = types.SkipModifiers(id);
        if (type.Id == 0)
        {
            RegisterState memory = RegisterState.Pointer(RegisterKind.Memory, RegisterFlags.ReadOnly | RegisterFlags.Untrusted);
            return memory;
        }

        if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
        {
            throw Reject(FindingIds.Protocol, "bpf_rdonly_cast: only structures");
        }

        RegisterState result = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Untrusted);
        result.Object = type.Id;
        return result;
    }
}
