using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier;

/// <summary>
/// What the verifier claims of each register and stack slot at each instruction, joined over all visits: state embedding tests
/// run the program and assert that the concrete state lies inside.
/// </summary>
internal sealed class ClaimRecorder
{
    private const int StackSlots = 64;

    private readonly Claim[] _registers;
    private readonly Claim[]?[] _stack;

    public ClaimRecorder(int slots)
    {
        _registers = new Claim[slots * FrameState.RegisterCount];
        _stack = new Claim[slots][];
    }

    /// <summary>What is claimed of one register, or of eight bytes of stack, at one instruction.</summary>
    internal struct Claim
    {
        /// <summary>Whether the instruction was visited at all.</summary>
        public bool Visited;
        /// <summary>Whether visits differ in kind, or the value is dead: then nothing is claimed.</summary>
        public bool IsOpen;
        /// <summary>What it holds.</summary>
        public RegisterKind Kind;
        /// <summary>Which map, for pointers to values.</summary>
        public int Object;
        /// <summary>For stack pointers: how many frames further out the stack lies.</summary>
        public int FramesOut;
        /// <summary>Whether a pointer may be null.</summary>
        public bool MayBeNull;
        /// <summary>Smallest and largest, of a number as u64 and s64, of a pointer's distance from its base as s64.</summary>
        public ulong UMin, UMax;
        public long SMin, SMax;
        /// <summary>Bits that were 0 on every visit, bits that were 1 on every visit.</summary>
        public ulong KnownZero, KnownOne;

        /// <summary>Whether a number is inside the claim.</summary>
        public readonly bool HoldsNumber(ulong value) =>
            value >= UMin && value <= UMax && (long)value >= SMin && (long)value <= SMax
            && (value & KnownZero) == 0 && (~value & KnownOne) == 0;

        public override readonly string ToString() => !Visited ? "unreachable" : IsOpen ? "no claim"
            : Kind == RegisterKind.Scalar
                ? $"u64 {UMin}..{UMax}, s64 {SMin}..{SMax}, zeros 0x{KnownZero:x}, ones 0x{KnownOne:x}"
                : $"{Kind} {Object}{(MayBeNull ? " or null" : "")} at {SMin}..{SMax}, {FramesOut} frames out";
    }

    /// <summary>The claim of a register.</summary>
    public ref readonly Claim Of(int slot, int register) => ref _registers[(slot * FrameState.RegisterCount) + register];

    /// <summary>The claim of eight bytes of stack, the lowest at r10 - 8 * (index + 1); not visited if there is none.</summary>
    public Claim OfStack(int slot, int index) => _stack[slot] is { } claims ? claims[index] : default;

    /// <summary>Joins a state into the claims of a slot. What is dead is not claimed: pruning does not look at it.</summary>
    public void Record(int slot, PathState state, Liveness live)
    {
        FrameState frame = state.Current;
        for (int r = 0; r < FrameState.RegisterCount; r++)
        {
            bool isLive = r == 10 || (live.Registers[slot] >> r & 1) != 0;
            Join(ref _registers[(slot * FrameState.RegisterCount) + r], frame.Registers[r], isLive, frame.Number);
        }

        if (_stack[slot] is null && frame.StackSlots == 0 && live.Slots[slot] == 0)
        {
            return;
        }

        Claim[] claims = _stack[slot] ??= new Claim[StackSlots];
        for (int s = 0; s < StackSlots; s++)
        {
            bool isLive = (live.Slots[slot] >> s & 1) != 0 && s < frame.StackSlots;
            if (!isLive)
            {
                claims[s].Visited = claims[s].IsOpen = true;
                continue;
            }

            ref StackSlot place = ref frame.Stack[s];
            if (place.IsFullSpill)
            {
                Join(ref claims[s], place.Spilled, true, frame.Number);
                continue;
            }

            // Bytes known to be zero are a claim too: all other bits are unknown.
            ulong zeros = 0;
            for (int i = 0; i < 8; i++)
            {
                zeros |= place[i] == SlotByte.Zero ? 0xffUL << (i * 8) : 0;
            }

            RegisterState bytes = RegisterState.UnknownScalar;
            if (zeros == ulong.MaxValue)
            {
                bytes = RegisterState.Const(0);
            }

            Join(ref claims[s], bytes, true, frame.Number, zeros);
        }
    }

    private static void Join(ref Claim claim, in RegisterState register, bool isLive, int frame, ulong zeros = 0)
    {
        bool isFirst = !claim.Visited;
        claim.Visited = true;
        if (!isLive || register.Kind == RegisterKind.NotInit || claim.IsOpen)
        {
            claim.IsOpen = true;
            return;
        }

        int framesOut = register.Kind == RegisterKind.Stack ? frame - register.Frame : 0;
        if (!isFirst && (claim.Kind != register.Kind || claim.Object != register.Object || claim.FramesOut != framesOut))
        {
            claim.IsOpen = true;
            return;
        }

        Domains.ScalarRange range = register.Range;
        long shift = register.IsPointer ? register.Offset : 0;
        if (register.IsPointer && (range.SMin < int.MinValue || range.SMax > int.MaxValue))
        {
            claim.IsOpen = true;
            return;
        }

        ulong knownOne = range.Bits.Value;
        ulong knownZero = ~range.Bits.Max | zeros;
        if (isFirst)
        {
            claim.Kind = register.Kind;
            claim.Object = register.Object;
            claim.FramesOut = framesOut;
            claim.MayBeNull = register.MaybeNull;
            (claim.UMin, claim.UMax) = (range.UMin, range.UMax);
            (claim.SMin, claim.SMax) = (range.SMin + shift, range.SMax + shift);
            (claim.KnownOne, claim.KnownZero) = (knownOne, knownZero);
            return;
        }

        claim.MayBeNull |= register.MaybeNull;
        claim.UMin = Math.Min(claim.UMin, range.UMin);
        claim.UMax = Math.Max(claim.UMax, range.UMax);
        claim.SMin = Math.Min(claim.SMin, range.SMin + shift);
        claim.SMax = Math.Max(claim.SMax, range.SMax + shift);
        claim.KnownOne &= knownOne;
        claim.KnownZero &= knownZero;
    }
}
