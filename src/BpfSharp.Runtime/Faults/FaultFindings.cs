using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Faults;

/// <summary>Says a fault in words: what was found, what is allowed, where, and the next step.</summary>
internal static class FaultFindings
{
    // Kind, what happened, next step. The id is BPF4300 + the kind's value.
    private static readonly (FaultKind Kind, string Message, string Suggestion)[] s_rows =
    [
        (FaultKind.OutOfBounds, "memory outside stack, context, packet and map values was accessed", "test the pointer against its end before the access"),
        (FaultKind.ReadOnly, "read-only memory was written", "write to a copy on the stack or to a writable map"),
        (FaultKind.OutOfFuel, "the step budget of the run is used up", "bound the loop, or load with more RuntimeOptions.Fuel"),
        (FaultKind.CallDepth, "calls are nested too deeply: 8 frames are allowed, callbacks included", "flatten the calls"),
        (FaultKind.InvalidInstruction, "no valid instruction: unknown opcode, register above r10, or a write to r10", "see the disassembly at this slot"),
        (FaultKind.OutOfProgram, "execution left the function: a jump outside it, or no exit at its end", "end the function with exit and jump inside it"),
        (FaultKind.UnknownHelper, "this helper does not run in process", "see the list of helpers in docs, or load the object in the kernel"),
        (FaultKind.UnknownKfunc, "this kernel function or variable does not exist in process", "declare it weak and test it, or load the object in the kernel"),
        (FaultKind.BadMapHandle, "a map of the object was expected", "pass the map's address itself"),
        (FaultKind.BadFunction, "a function of the program was expected", "pass the function's address itself"),
        (FaultKind.BadArgument, "a helper got an argument it cannot take", "see the helper's description"),
        (FaultKind.NoArena, "an arena pointer was converted, but the object has no arena map", "declare the arena map in the object"),
        (FaultKind.UnresolvedRelocation, "a CO-RE relocation without an answer in the target's types was reached", "guard it with bpf_core_field_exists, or give other target types"),
        (FaultKind.Lock, "a lock was misused: taken twice, not held when released, or held for ever", "release each lock on every path"),
        (FaultKind.NoPacket, "packet access in a run without packet", "give RunInput.Packet"),
        (FaultKind.Internal, "the runtime itself failed", "please report it with the program"),
        (FaultKind.Misaligned, "an atomic access to an address that is not a multiple of its size", "align the variable"),
    ];

    /// <summary>The finding of a fault.</summary>
    public static unsafe Finding Describe(ProgramFault fault, RunContext run, RuntimeProgram started)
    {
        // A tail call may have left the program that was started.
        RuntimeProgram program = run.Program ?? started;
        int slot = -1;
        if (run.Ip != null)
        {
            program = program.Image.Contains(run.Ip) ? program : started;
            slot = program.Image.Contains(run.Ip) ? program.Image.SlotOf(run.Ip) : -1;
        }

        (_, string message, string suggestion) = Array.Find(s_rows, row => row.Kind == fault.Kind);
        return new Finding
        {
            Id = $"BPF{4300 + (int)fault.Kind}",
            Program = program.Name,
            Slot = slot,
            Source = slot >= 0 ? program.Spec?.FindLine(slot)?.Source : null,
            Message = fault.Detail is null ? message : $"{fault.Detail}: {message}",
            Suggestion = suggestion,
        };
    }
}
