namespace BpfSharp.Language;

/// <summary>Compiled, a call of this method is a call of another method of the same type (same generic parameters, receiver and parameters).</summary>
/// <remarks>For members whose plain C# body (in-process storage, exceptions) is not what runs in the kernel.</remarks>
/// <param name="method">Name of that method; it may be private, static or not as this one, and must not be overloaded.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BpfBodyAttribute(string method) : Attribute
{
    /// <summary>Name of the method that is compiled instead.</summary>
    public string Method { get; } = method;
}
