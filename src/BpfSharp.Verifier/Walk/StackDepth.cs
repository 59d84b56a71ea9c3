using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.Walk;

/// <summary>Adds up the stack of all chains of calls: a chain has 512 bytes together.</summary>
internal static class StackDepth
{
    private const int Limit = 512;
    private const int MaxFrames = 8;

    public static int Check(CodeMap code, ProgramContext program)
    {
        int deepest = 0;
        // Since 6.13 observers get a stack per function on x86-64, so only each single frame is bounded.
        bool isPrivate = program.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint;
        for (int i = 0; i < code.Functions.Count; i++)
        {
            if (i == 0 || code.Functions[i].IsAsyncCallback)
            {
                deepest = Math.Max(deepest, Visit(code, i, 0, 1, isPrivate, false));
            }
        }

        return deepest;
    }

    private static int Visit(CodeMap code, int function, int below, int frames, bool isPrivate, bool tailCallBelow)
    {
        FunctionInfo info = code.Functions[function];
        int own = Math.Max(1, info.StackBytes);
        own = (own + 15) / 16 * 16;
        int depth = isPrivate ? own : below + own;
        if (depth > Limit)
        {
            throw new Rejection(
                FindingIds.StackDepth, info.Start, $"the frames down to {info.Name} take {depth} bytes of stack together; allowed are {Limit}",
                "move buffers to a per-CPU array map, or make functions global and call them from less deep");
        }

        if (info.HasTailCall && function != 0 && below >= 256 && !isPrivate)
        {
            throw new Rejection(
                FindingIds.StackDepth, info.Start, $"{info.Name} makes tail calls with {below} bytes of stack below it; allowed are less than 256");
        }

        _ = tailCallBelow;
        int deepest = depth;
        for (int slot = info.Start; slot < info.End; slot++)
        {
            ref readonly DecodedInstruction insn = ref code.Instructions[slot];
            bool isCallback = insn.Op == Op.LoadFunction;
            if (insn.Op != Op.CallLocal && !isCallback)
            {
                continue;
            }

            int callee = code.FunctionOf[insn.CallTarget];
            if (isCallback && code.Functions[callee].IsAsyncCallback)
            {
                continue;
            }

            if (frames >= MaxFrames)
            {
                throw new Rejection(FindingIds.CallDepth, slot, $"more than {MaxFrames} frames of calls", "flatten the calls");
            }

            deepest = Math.Max(deepest, Visit(code, callee, isPrivate ? 0 : depth, frames + 1, isPrivate, info.HasTailCall));
        }

        return deepest;
    }
}
