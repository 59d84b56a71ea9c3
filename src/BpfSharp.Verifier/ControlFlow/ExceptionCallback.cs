using BpfSharp.Btf;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.ControlFlow;

/// <summary>Finds the function that takes a program's exceptions: the main function's tag <c>exception_callback:NAME</c>.</summary>
internal static class ExceptionCallback
{
    private const string Prefix = "exception_callback:";

    /// <summary>Marks the callback, and refuses what may not throw.</summary>
    public static void Mark(CodeMap code, BtfFile? btf)
    {
        FunctionInfo main = code.Functions[0];
        if (btf is not null && main.BtfTypeId != 0 && Tag(btf, main.BtfTypeId) is { } name)
        {
            FunctionInfo callback = code.Functions.Find(f => f.Name == name)
                ?? throw new Rejection(FindingIds.Protocol, -1, $"the exception callback '{name}' is not a function of the program");
            callback.IsExceptionCallback = true;
            CheckPrototype(btf, callback);
        }

        foreach (FunctionInfo function in code.Functions)
        {
            if (function.MightThrow && (function.IsCallback || function.IsExceptionCallback))
            {
                throw new Rejection(
                    FindingIds.Protocol, function.Start, $"{function.Name} is a callback and may call bpf_throw", "throw outside of callbacks");
            }
        }
    }

    private static string? Tag(BtfFile btf, int functionId)
    {
        string? found = null;
        for (int id = 1; id < btf.Count; id++)
        {
            BtfType tag = btf[id];
            if (tag.Kind != BtfKind.DeclarationTag || tag.TypeId != functionId || tag.ComponentIndex != -1
                || !tag.Name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null)
            {
                throw new Rejection(FindingIds.Protocol, -1, "the program has several exception callbacks", "keep one exception_callback tag");
            }

            found = tag.Name[Prefix.Length..];
        }

        return found;
    }

    private static void CheckPrototype(BtfFile btf, FunctionInfo callback)
    {
        if (callback.BtfTypeId == 0)
        {
            throw new Rejection(FindingIds.Protocol, callback.Start, $"the exception callback {callback.Name} has no BTF");
        }

        BtfType prototype = btf[btf[callback.BtfTypeId].TypeId];
        if (btf.SkipModifiers(prototype.TypeId) is not ({ Kind: BtfKind.Int } or { IsEnum: true }))
        {
            throw new Rejection(FindingIds.ReturnValue, callback.Start, $"the exception callback {callback.Name} must return a number");
        }

        if (prototype.Parameters.Count != 1 || btf.SkipModifiers(prototype.Parameters[0].TypeId).Kind != BtfKind.Int)
        {
            throw new Rejection(
                FindingIds.Protocol, callback.Start, $"the exception callback {callback.Name} must take one number, the cookie");
        }
    }
}
