using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers;

/// <summary>What the analyzer reports. Ids and messages are the compiler's (a test compares the two tables).</summary>
internal static class Rules
{
    private const string Category = "BpfSharp";

    public static readonly DiagnosticDescriptor Signature = Rule("BPF3002", "Program signature",
        "the signature of {0} does not fit its program type",
        "a program is static, not generic, takes its context (or typed parameters) and returns an integer or enum");

    public static readonly DiagnosticDescriptor Allocation = Rule("BPF3101", "Allocation",
        "an object of class {0} cannot be allocated", "use a struct, a ref struct or a map");

    public static readonly DiagnosticDescriptor Boxing = Rule("BPF3102", "Boxing",
        "a value of type {0} would be boxed",
        "compare fields, or give the struct its own Equals that is not inherited from object");

    public static readonly DiagnosticDescriptor VirtualCall = Rule("BPF3103", "Virtual call",
        "the call of {0} is not bound statically", "call a static method, or a generic one constrained to the interface");

    public static readonly DiagnosticDescriptor Catch = Rule("BPF3104", "Exception handling",
        "catch and filter blocks cannot be compiled ({0})",
        "there are no exceptions in eBPF: test the condition instead; try/finally and using are fine");

    public static readonly DiagnosticDescriptor FloatingPoint = Rule("BPF3105", "Floating point",
        "floating point cannot be compiled ({0})", "use integers, for example fixed point");

    public static readonly DiagnosticDescriptor StringOrArray = Rule("BPF3106", "String or array",
        "strings and arrays do not exist in eBPF ({0})",
        "use UTF-8 literals, spans, stackalloc, inline arrays or static readonly tables");

    public static readonly DiagnosticDescriptor Delegate = Rule("BPF3107", "Delegate",
        "the delegate is not known when compiling ({0})",
        "pass a static lambda or a method directly; capturing lambdas cannot be compiled");

    public static readonly DiagnosticDescriptor Recursion = Rule("BPF3108", "Recursion",
        "{0} calls itself", "write a loop with a constant bound");

    public static readonly DiagnosticDescriptor UnsupportedCall = Rule("BPF3109", "Unsupported call",
        "the call of {0} cannot be compiled", "docs/guide/library.md lists the members of the base library that can");

    public static readonly DiagnosticDescriptor StateMachine = Rule("BPF3110", "Async or iterator",
        "{0} is asynchronous or an iterator", "use an ordinary method and a loop");

    public static readonly DiagnosticDescriptor Lock = Rule("BPF3111", "Lock",
        "lock cannot be compiled ({0})", "use Interlocked or a spin lock in the map's value");

    public static readonly DiagnosticDescriptor VariableStackalloc = Rule("BPF3113", "stackalloc",
        "stackalloc needs a constant size ({0})", "allocate the maximum");

    private static DiagnosticDescriptor Rule(string id, string title, string message, string suggestion) => new(
        id, title, message + "; " + suggestion, Category, DiagnosticSeverity.Error, isEnabledByDefault: true);
}
