namespace BpfSharp.Hooks;

/// <summary>What is particular to a program type: a row of <see cref="ProgramTypeTable"/>.</summary>
/// <param name="Type">The type.</param>
/// <param name="Since">First Linux release that has it: major * 100 + minor.</param>
/// <param name="Context">C name of its context structure; <see langword="null"/> if the context is a function's arguments.</param>
/// <param name="Traits">What it may do, what it needs.</param>
public sealed record ProgramTypeInfo(ProgramType Type, ushort Since, string? Context, ProgramTypeTraits Traits);
