using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Why the kernel refused a program: its verifier with a log, or something before the verifier without one.</summary>
[SupportedOSPlatform("linux")]
internal static class Rejection
{
    internal static BpfException Of(ProgramSpec program, ProgramLoading.Outcome outcome, IReadOnlyList<string> facts)
    {
        if (outcome.Log.Length == 0)
        {
            bool vendor = outcome.ErrorNumber == Errno.Eperm && Environment.IsPrivilegedProcess;
            return KernelException.Refused("BPF5001", $"program '{program.Name}'", "BPF_PROG_LOAD", outcome.ErrorNumber,
                $"type {program.Type}{(program.AttachType is { } hook ? $", hook {hook}" : "")}, refused before verification",
                vendor ? Forbidden(program.Type) : null);
        }

        (int slot, string message) = VerifierLog.Summarize(outcome.Log);
        if (facts.Count > 0 && message.Contains($"#{CoRe.CoreRelocator.UnresolvedHelper}", StringComparison.Ordinal))
        {
            message = facts[0];
        }

        return new ProgramRejectedException(program.Name, [new Finding
        {
            Id = "BPF5002",
            Program = program.Name,
            Slot = slot,
            Source = slot >= 0 ? program.FindLine(slot)?.Source : null,
            Message = $"the kernel's verifier answers {Errno.NameOf(outcome.ErrorNumber)}: {message}",
            Facts = [.. facts],
            Suggestion = "the whole log is in ProgramRejectedException.Log",
        }], outcome.Log);
    }

    private static string Forbidden(ProgramType type) => type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Extension
        ? "this kernel forbids the type to root as well (a vendor's or lockdown's rule); a stock kernel loads it"
        : "a capability is missing, or a security module forbids bpf(2); `bpfsharp doctor` tells which";
}
