namespace BpfSharp.Language;

/// <summary>What a traffic control program decides (<c>TC_ACT_*</c>, <c>TCX_*</c>).</summary>
public enum TcAction
{
    /// <summary>Let the next program decide (tcx: <c>TCX_NEXT</c>).</summary>
    Next = -1,
    /// <summary>Let it pass.</summary>
    Pass = 0,
    /// <summary>Classify again from the start; not for tcx.</summary>
    Reclassify = 1,
    /// <summary>Drop.</summary>
    Drop = 2,
    /// <summary>Let it pass through the remaining filters; not for tcx.</summary>
    Pipe = 3,
    /// <summary>Taken; not for tcx.</summary>
    Stolen = 4,
    /// <summary>Redirect it as a redirect helper said.</summary>
    Redirect = 7,
}
