namespace BpfSharp.Language;

/// <summary>A constant that is set before load and that programs only read: a variable of <c>.rodata</c>.</summary>
/// <remarks>
/// Declare it as a <c>static readonly</c> field. Set it for a load with <c>BpfObject.Set(declaration, value)</c>, for plain C# with
/// <see cref="Plain"/>. The verifier prunes what the value rules out.
/// </remarks>
/// <typeparam name="T">Its type.</typeparam>
[BpfConstant]
#pragma warning disable CA1716 // short on purpose: it stands where const would in C
public sealed class Const<T> : ConstDeclaration where T : unmanaged
#pragma warning restore CA1716
{
    private readonly T _initial;
    private T _plain;

    /// <summary>A constant that is zero unless set.</summary>
    public Const()
    {
    }

    /// <summary>A constant with a first value.</summary>
    /// <param name="initial">What it is unless set.</param>
    public Const(T initial)
    {
        _initial = initial;
        _plain = initial;
    }

    /// <summary>What it is unless set.</summary>
    public T Initial => _initial;

    /// <summary>The value, in a program.</summary>
    [BpfIntrinsic(BpfIntrinsicKind.DeclaredValue)]
    public T Value => _plain;

    /// <summary>What plain C# reads.</summary>
    public T Plain
    {
        get => _plain;
        set => _plain = value;
    }

    /// <summary>The value, in a program.</summary>
    /// <param name="declaration">The constant.</param>
    public static implicit operator T(Const<T> declaration)
    {
        return declaration.Value;
    }
}
