using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Tests.Fuzz;

/// <summary>
/// State embedding: an accepted program runs checked, and before every instruction the concrete registers and stack lie inside
/// what the verifier claims there. Also: only instructions run that the verifier reached, jumps go only where it said they may, and
/// nothing faults.
/// </summary>
internal sealed unsafe class Embedding
{
    private const int FrameBytes = 512;

    private readonly ProgramSpec _program;
    private readonly ProgramFacts _facts;
    private readonly ClaimRecorder? _claims;
    private readonly Dictionary<(RegisterKind Kind, int Object), ulong> _bases = [];
    private readonly HashSet<string> _singleValues;
    private readonly BpfObject _object;
    private int _previous = -1;

    private Embedding(BpfObject obj, ProgramSpec program, ProgramFacts facts, ClaimRecorder? claims)
    {
        _object = obj;
        _program = program;
        _facts = facts;
        _claims = claims;
        _singleValues = [.. obj.Maps.Where(m => m.Type == Maps.MapType.Array && m.MaxEntries == 1).Select(m => m.Name)];
    }

    /// <summary>Values compared with claims.</summary>
    public int Compared { get; private set; }

    /// <summary>Instructions run.</summary>
    public int Steps { get; private set; }

    /// <summary>What is wrong; <see langword="null"/> for nothing.</summary>
    public string? Broken { get; private set; }

    /// <summary>Verifies a program; of an accepted one also what is claimed.</summary>
    /// <returns><see langword="null"/> if it is not accepted.</returns>
    public static Embedding? Of(BpfObject obj, ProgramSpec program, VerifierOptions? options = null)
    {
        options ??= VerifierOptions.Default;
        VerificationResult result = ProgramVerifier.Verify(obj, program, options);
        if (!result.IsAccepted)
        {
            return null;
        }

        // Claims need a walk that prunes by ranges alone; it may be too long where the usual one was not.
        VerificationResult claimed = ProgramVerifier.Verify(
            obj, program, options with { RecordClaims = true, Explain = false }, out ClaimRecorder? claims);
        return new Embedding(obj, program, result.Program.Facts, claimed.IsAccepted ? claims : null);
    }

    /// <summary>Runs the program once under observation.</summary>
    public RunResult Run(LoadedProgram program, RunInput input)
    {
        _previous = -1;
        _bases.Clear();
        ObservedMode.Observer = Observe;
        try
        {
            RunResult result = program.Run(input);
            if (Broken is null && result.Fault is { } fault && fault.Id != "BPF4303")
            {
                Broken = $"the accepted program was stopped: {fault}";
            }

            return result;
        }
        finally
        {
            ObservedMode.Observer = null;
        }
    }

    private void Observe(int slot, ulong[] registers)
    {
        if (Broken is not null)
        {
            return;
        }

        Steps++;
        if (!_facts.Reached[slot])
        {
            Broken = $"slot {slot} runs, but the verifier never reached it";
        }

        CheckJump(slot);
        if (_previous >= 0 && OpcodeTable.Get(_program.Instructions[_previous].Op).Kind == OpKind.Call)
        {
            // The call may have moved the packet's start.
            _ = _bases.Remove((RegisterKind.Packet, 0));
            _ = _bases.Remove((RegisterKind.PacketMeta, 0));
        }

        _previous = slot;
        if (_claims is null)
        {
            return;
        }

        for (int r = 0; r < 11 && Broken is null; r++)
        {
            Check(_claims.Of(slot, r), registers[r], registers[10], () => $"r{r}", slot);
        }

        for (int s = 0; s < 64 && Broken is null; s++)
        {
            ClaimRecorder.Claim claim = _claims.OfStack(slot, s);
            if (claim.Visited && !claim.IsOpen)
            {
                ulong value = *(ulong*)(registers[10] - (ulong)((s + 1) * 8));
                Check(claim, value, registers[10], () => $"fp-{(s + 1) * 8}", slot);
            }
        }
    }

    private void CheckJump(int slot)
    {
        if (_previous < 0)
        {
            return;
        }

        Instruction before = _program.Instructions[_previous];
        if (OpcodeTable.Get(before.Op).Kind != OpKind.ConditionalJump)
        {
            return;
        }

        bool falls = slot == _previous + 1;
        bool jumps = slot == _previous + 1 + before.Offset;
        BranchFact ways = _facts.Branches[_previous];
        if ((falls || jumps) && !(falls && (ways & BranchFact.FallsThrough) != 0) && !(jumps && (ways & BranchFact.Jumps) != 0))
        {
            Broken = $"the jump at {_previous} goes to {slot}, but the verifier says {ways}";
        }
    }

    private void Check(in ClaimRecorder.Claim claim, ulong value, ulong frame, Func<string> what, int slot)
    {
        if (!claim.Visited)
        {
            Broken = $"slot {slot} runs, but no claim was made there";
            return;
        }

        if (claim.IsOpen)
        {
            return;
        }

        bool holds = true;
        switch (claim.Kind)
        {
            case RegisterKind.Scalar:
                Compared++;
                holds = claim.HoldsNumber(value);
                break;
            case RegisterKind.Stack:
                Compared++;
                holds = IsWithin((long)(value - (frame - (ulong)(claim.FramesOut * FrameBytes))), claim);
                break;
            case RegisterKind.MapValue when claim.Object < _object.Maps.Count && _singleValues.Contains(_object.Maps[claim.Object].Name):
            case RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.Context:
                if (value == 0)
                {
                    holds = claim.MayBeNull;
                    break;
                }

                Compared++;
                if (_bases.TryGetValue((claim.Kind, claim.Object), out ulong start))
                {
                    holds = IsWithin((long)(value - start), claim);
                }
                else if (claim.SMin == claim.SMax)
                {
                    _bases[(claim.Kind, claim.Object)] = value - (ulong)claim.SMin;
                }

                break;
            default:
                holds = value != 0 || claim.MayBeNull || claim.Kind is not (RegisterKind.MapValue or RegisterKind.Memory
                    or RegisterKind.MapPointer or RegisterKind.PacketEnd);
                break;
        }

        if (!holds)
        {
            Broken = $"slot {slot}: {what()} is 0x{value:x}"
                + (claim.Kind == RegisterKind.Scalar ? "" : $" ({(long)(value - frame)} from r10)") + $", the claim is {claim}";
        }
    }

    private static bool IsWithin(long distance, in ClaimRecorder.Claim claim) => distance >= claim.SMin && distance <= claim.SMax;
}
