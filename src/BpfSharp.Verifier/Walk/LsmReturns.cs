using BpfSharp.Btf;
using BpfSharp.Hooks;

namespace BpfSharp.Verifier.Walk;

/// <summary>What programs at security hooks may return.</summary>
internal static class LsmReturns
{
    private const int MaxErrno = 4095;

    private static readonly string[] s_booleans =
        ["audit_rule_known", "inode_xattr_skipcap", "xfrm_state_pol_flow_match"];

    public static ReturnRange? Find(string hook, BtfType type)
    {
        if (type.Id == 0)
        {
            return null;
        }

        return s_booleans.Contains(hook) ? new ReturnRange(0, 1) : new ReturnRange(-MaxErrno, 0);
    }
}
