namespace BpfSharp.Language;

/// <summary>
/// Marks a method that the verifier checks on its own, once, whatever its callers pass. Without it a static method
/// is inlined, or with <c>[MethodImpl(MethodImplOptions.NoInlining)]</c> becomes a subprogram checked at each call.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GlobalFunctionAttribute : Attribute;

/// <summary>Puts a program into a slot of a tail-call table when the object is loaded.</summary>
/// <param name="slot">The slot: a member of the table's enum.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TailCallTargetAttribute(object slot) : Attribute
{
    /// <summary>The slot.</summary>
    public object Slot { get; } = slot;
}
