namespace BpfSharp.Language;

/// <summary>The delegate is the shape of a callback that helpers call.</summary>
/// <remarks>
/// The kernel's arguments are the delegate's in order, after <see cref="LeadingArguments"/> that the delegate does not have.
/// <c>ref</c>, <c>in</c> and pointers are addresses, integers are r registers. A <see langword="void"/> delegate returns 0, a
/// <see langword="bool"/> one returns 0 for <see langword="true"/> ("go on") and 1 for <see langword="false"/>.
/// </remarks>
[AttributeUsage(AttributeTargets.Delegate)]
public sealed class BpfCallbackAttribute : Attribute
{
    /// <summary>Arguments of the kernel in front of the delegate's (1 for the map of <c>for_each_map_elem</c>).</summary>
    public int LeadingArguments { get; set; }
}
