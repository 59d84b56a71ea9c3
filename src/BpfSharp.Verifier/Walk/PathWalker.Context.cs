using BpfSharp.Hooks;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <remarks>Fields of the context, as the program type's table has them.</remarks>
internal sealed partial class PathWalker
{
    private RegisterState ReadContext(in RegisterState pointer, int offset, int size, bool signExtends)
    {
        RequireConstOffset(pointer);
        RequireUnmovedContext(pointer);
        if (_program.Access is not { } access)
        {
            return ReadFunctionContext(pointer, offset + pointer.Offset, size);
        }

        if (!access.TryRead(offset, size, out ContextRun run))
        {
            throw BadContextAccess("load", offset, size);
        }

        NeedField(offset);

        if (run.Value != ContextValue.Scalar && signExtends)
        {
            throw BadContextAccess("sign-extending load", offset, size);
        }

        return FromContext(run);
    }

    private RegisterState FromContext(in ContextRun run)
    {
        RegisterState value;
        switch (run.Value)
        {
            case ContextValue.PacketStart:
                value = RegisterState.Pointer(RegisterKind.Packet);
                break;
            case ContextValue.PacketEnd:
                value = RegisterState.Pointer(RegisterKind.PacketEnd);
                break;
            case ContextValue.PacketMeta:
                value = RegisterState.Pointer(RegisterKind.PacketMeta);
                break;
            case ContextValue.Socket:
                value = RegisterState.Pointer(RegisterKind.Socket);
                break;
            case ContextValue.SocketOrNull:
                value = RegisterState.Pointer(RegisterKind.Socket, RegisterFlags.MaybeNull);
                value.Id = NextId();
                break;
            case ContextValue.SockCommonOrNull:
                value = RegisterState.Pointer(RegisterKind.SockCommon, RegisterFlags.MaybeNull);
                value.Id = NextId();
                break;
            case ContextValue.FlowKeys:
                value = RegisterState.Pointer(RegisterKind.FlowKeys);
                break;
            case ContextValue.TracepointBuffer:
                value = RegisterState.Pointer(RegisterKind.TracepointBuffer);
                break;
            case ContextValue.BtfPointer:
                value = RegisterState.Pointer(RegisterKind.BtfPointer, RegisterFlags.Trusted);
                value.Object = KernelTypeId(run.BtfType ?? "");
                break;
            case ContextValue.Scalar:
            default:
                value = RegisterState.UnknownScalar;
                break;
        }

        return value;
    }

    private void WriteContext(in RegisterState pointer, int offset, int size, in RegisterState value)
    {
        _ = value;
        RequireConstOffset(pointer);
        RequireUnmovedContext(pointer);
        if (_program.Access is not { } access)
        {
            if (_program.Type == ProgramType.Syscall && offset + pointer.Offset >= 0 && offset + pointer.Offset + size <= 65536)
            {
                return;
            }

            throw BadContextAccess("store", offset, size);
        }

        if (!access.CanWrite(offset, size))
        {
            throw BadContextAccess("store", offset, size);
        }

        NeedField(offset);
    }

    /// <summary>Notes since when the kernel has a field of the context.</summary>
    private void NeedField(int offset)
    {
        if (_program.TypeInfo?.Context is { } name && ContextTable.FindStruct(name)?.FindField(offset) is { } field)
        {
            Need(field.Since, $"field '{field.Name}' of {name}");
        }
    }

    private void RequireUnmovedContext(in RegisterState pointer)
    {
        if (pointer.Offset != 0 && _program.Type != ProgramType.Syscall)
        {
            throw Reject(
                FindingIds.ContextAccess, $"access through a context pointer that was moved by {pointer.Offset}",
                "use the context pointer itself with a constant offset");
        }
    }

    private Rejection BadContextAccess(string what, int offset, int size)
    {
        string field = "";
        string? suggestion = null;
        if (_program.TypeInfo?.Context is { } name && ContextTable.FindStruct(name)?.FindField(offset) is { } found)
        {
            field = $" (field '{found.Name}' of {name}, {found.Size} bytes at {found.Offset})";
            bool isStore = what.StartsWith("store", StringComparison.Ordinal);
            suggestion = NextSteps.ForField(_program.Access, found, _program.Type, isStore);
        }

        return Reject(
            FindingIds.ContextAccess, $"{what} of {size} bytes at offset {offset} of the context{field}", suggestion);
    }
}
