using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Front;

/// <summary>What is on the evaluation stack.</summary>
/// <param name="Type">Type as far as IL tells.</param>
/// <param name="Value">The scalar, or the address of a struct; <see langword="null"/> for things known when compiling.</param>
/// <param name="Thing">A thing known when compiling: map, delegate, literal, declaration.</param>
/// <param name="Borrowed">Whether <paramref name="Value"/> is the address of a variable that may yet change.</param>
internal readonly record struct Entry(IlType Type, Inst? Value, object? Thing = null, bool Borrowed = false)
{
    public bool IsStruct => Thing is null && Type.IsStruct;
}

/// <summary>A method as a delegate's or function pointer's target.</summary>
/// <param name="Method">The method.</param>
/// <param name="HasReceiver">Whether it is an instance method of a closure class that it does not use.</param>
/// <param name="DelegateType">The delegate's type; <see langword="null"/> for a function pointer.</param>
internal sealed record DelegateThing(IlMethod Method, bool HasReceiver, IlType? DelegateType)
{
    public override string ToString() => Method.ToString();
}

/// <summary>A string literal.</summary>
internal sealed record TextThing(string Text);

/// <summary>A boxed enum, which only <c>HasFlag</c> may take.</summary>
internal sealed record BoxedThing(Entry Inner);

/// <summary>The null reference.</summary>
internal sealed record NullThing
{
    public static readonly NullThing Instance = new();
}

/// <summary>A token loaded by <c>ldtoken</c>: a field with initial data.</summary>
internal sealed record FieldThing(IlField Field);

/// <summary>A constant table: a static readonly array or a span over initial data.</summary>
internal sealed record TableThing(byte[] Bytes, IlType Element, string Name);

/// <summary>What a callback that can fault gets for its state: the state's address, and whether it did fault.</summary>
internal static class FaultPair
{
    public const int Flag = 8;
    public const int Size = 16;
}

/// <summary>A callback the kernel calls: the method, with the shape of the delegate it was given as.</summary>
/// <param name="Method">The method.</param>
/// <param name="HasReceiver">Whether it is an instance method of a closure class that it does not use.</param>
/// <param name="LeadingArguments">Arguments of the kernel in front of the delegate's.</param>
/// <param name="InvertBool">Whether its result says "go on", the opposite of what the kernel wants.</param>
/// <param name="TellsFaults">Whether its state is a <see cref="FaultPair"/>: it can fault, and the program then does.</param>
internal sealed record CallbackKey(IlMethod Method, bool HasReceiver, int LeadingArguments, bool InvertBool, bool TellsFaults = false)
{
    public override string ToString() => Method.ToString();
}
