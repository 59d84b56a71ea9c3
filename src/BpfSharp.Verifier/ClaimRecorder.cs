using BpfSharp.Verifier.Domains;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier;

/// <summary>
/// What the verifier claims of each register at each instruction, joined over all visits: state embedding tests run the
/// program and assert that the concrete registers lie inside.
/// </summary>
internal sealed class ClaimRecorder
{
    private readonly Claim[] _claims;

    public ClaimRecorder(int slots) => _claims = new Claim[slots * FrameState.RegisterCount];

    /// <summary>What is claimed of one register at one instruction.</summary>
    internal struct Claim
    {
        /// <summary>Whether the instruction was visited at all.</summary>
        public bool Visited;
        /// <summary>Whether some visit had a pointer or nothing there: then no number is claimed.</summary>
        public bool NotNumber;
        /// <summary>Smallest and largest as u64, s64.</summary>
        public ulong UMin, UMax;
        public long SMin, SMax;
        /// <summary>Bits that were 0 on every visit, bits that were 1 on every visit.</summary>
        public ulong KnownZero, KnownOne;
    }

    /// <summary>Whether a concrete value is inside the claim. Values of pointers are never claimed.</summary>
    public bool Holds(int slot, int register, ulong value)
    {
        ref Claim claim = ref _claims[(slot * FrameState.RegisterCount) + register];
        if (!claim.Visited)
        {
            return false;
        }

        return claim.NotNumber || (value >= claim.UMin && value <= claim.UMax && (long)value >= claim.SMin && (long)value <= claim.SMax
            && (value & claim.KnownZero) == 0 && (~value & claim.KnownOne) == 0);
    }

    /// <summary>The claim, in words.</summary>
    public string Describe(int slot, int register)
    {
        Claim claim = _claims[(slot * FrameState.RegisterCount) + register];
        return !claim.Visited ? "unreachable" : claim.NotNumber ? "no claim"
            : $"u64 {claim.UMin}..{claim.UMax}, s64 {claim.SMin}..{claim.SMax}, zeros 0x{claim.KnownZero:x}, ones 0x{claim.KnownOne:x}";
    }

    /// <summary>Joins a state into the claims of a slot. Dead registers are not claimed: pruning does not look at them.</summary>
    public void Record(int slot, PathState state, ushort live)
    {
        FrameState frame = state.Current;
        for (int r = 0; r < FrameState.RegisterCount; r++)
        {
            ref Claim claim = ref _claims[(slot * FrameState.RegisterCount) + r];
            ref RegisterState register = ref frame.Registers[r];
            if (register.Kind != RegisterKind.Scalar || (live >> r & 1) == 0)
            {
                claim.NotNumber = true;
                claim.Visited = true;
                continue;
            }

            ScalarRange range = register.Range;
            if (!claim.Visited)
            {
                claim.Visited = true;
                claim.UMin = range.UMin;
                claim.UMax = range.UMax;
                claim.SMin = range.SMin;
                claim.SMax = range.SMax;
                claim.KnownOne = range.Bits.Value;
                claim.KnownZero = ~range.Bits.Max;
                continue;
            }

            claim.UMin = Math.Min(claim.UMin, range.UMin);
            claim.UMax = Math.Max(claim.UMax, range.UMax);
            claim.SMin = Math.Min(claim.SMin, range.SMin);
            claim.SMax = Math.Max(claim.SMax, range.SMax);
            claim.KnownOne &= range.Bits.Value;
            claim.KnownZero &= ~range.Bits.Max;
        }
    }
}
