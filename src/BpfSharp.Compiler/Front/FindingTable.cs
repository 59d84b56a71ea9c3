using BpfSharp.Diagnostics;

namespace BpfSharp.Compiler.Front;

/// <summary>A row of <see cref="FindingTable"/>: what an id means.</summary>
/// <param name="Id">Stable id.</param>
/// <param name="Message">Message; <c>{0}</c> is what was found.</param>
/// <param name="Suggestion">The next step.</param>
internal sealed record FindingRow(string Id, string Message, string? Suggestion);

/// <summary>Every finding of the compiler, one row each.</summary>
internal static class FindingTable
{
    public static readonly FindingRow NoPrograms = new("BPF3001", "{0} has no method that is a program",
        "mark a static method with an attribute such as [Xdp]");
    public static readonly FindingRow Signature = new("BPF3002", "the signature of {0} does not fit its program type",
        "a program is static, not generic, takes its context (or typed parameters) and returns an integer or enum");
    public static readonly FindingRow NotFound = new("BPF3003", "{0} was not found", "check the name and that the assembly is given");

    public static readonly FindingRow Allocation = new("BPF3101", "an object of class {0} cannot be allocated",
        "use a struct, a ref struct or a map");
    public static readonly FindingRow Boxing = new("BPF3102", "a value of type {0} would be boxed",
        "compare fields, or give the struct its own Equals that is not inherited from object");
    public static readonly FindingRow VirtualCall = new("BPF3103", "the call of {0} is not bound statically",
        "call a static method, or a generic one constrained to the interface");
    public static readonly FindingRow Catch = new("BPF3104", "catch and filter blocks cannot be compiled ({0})",
        "there are no exceptions in eBPF: test the condition instead; try/finally and using are fine");
    public static readonly FindingRow FloatingPoint = new("BPF3105", "floating point cannot be compiled ({0})",
        "use integers, for example fixed point");
    public static readonly FindingRow StringOrArray = new("BPF3106", "strings and arrays do not exist in eBPF ({0})",
        "use UTF-8 literals, spans, stackalloc, inline arrays or static readonly tables");
    public static readonly FindingRow Delegate = new("BPF3107", "the delegate is not known when compiling ({0})",
        "pass a static lambda or a method directly; capturing lambdas cannot be compiled");
    public static readonly FindingRow Recursion = new("BPF3108", "{0} calls itself",
        "write a loop with a constant bound");
    public static readonly FindingRow UnsupportedCall = new("BPF3109", "the call of {0} cannot be compiled",
        "docs/guide/library.md lists the members of the base library that can");
    public static readonly FindingRow StateMachine = new("BPF3110", "{0} is asynchronous or an iterator",
        "use an ordinary method and a loop");
    public static readonly FindingRow Lock = new("BPF3111", "lock cannot be compiled ({0})",
        "use Interlocked or a spin lock in the map's value");
    public static readonly FindingRow ReferenceField = new("BPF3112", "{0}", "use unmanaged fields only");
    public static readonly FindingRow VariableStackalloc = new("BPF3113", "stackalloc needs a constant size ({0})",
        "allocate the maximum");
    public static readonly FindingRow UnsupportedIl = new("BPF3114", "the construct is not supported ({0})", null);
    public static readonly FindingRow StaticField = new("BPF3115", "the static field {0} has no value known when compiling",
        "initialise it with constants, a map declaration or a constant table");
    public static readonly FindingRow NoBody = new("BPF3116", "{0} has no body to compile",
        "mark it with [BpfHelperCall], [BpfKfunc] or [BpfBody]");
    public static readonly FindingRow MapUse = new("BPF3117", "a map can only be a receiver or an argument here ({0})",
        "use the static readonly field directly");
    public static readonly FindingRow MapDeclaration = new("BPF3118", "the map declaration {0}", null);
    public static readonly FindingRow ContextField = new("BPF3119", "a field of the context type is read directly ({0})",
        "use the context's properties");
    public static readonly FindingRow Format = new("BPF3120", "the print format cannot be compiled: {0}", null);

    public static readonly FindingRow StackExceeded = new("BPF3201", "{0} bytes of stack are needed, 512 are allowed",
        "use a per-CPU array map as scratch memory");
    public static readonly FindingRow TooManyArguments = new("BPF3202", "{0} needs more than five registers for its arguments",
        "pass a struct by reference");
    public static readonly FindingRow TooLong = new("BPF3205", "{0} instructions are more than a program may have (1000000)",
        "split the program with tail calls");
    public static readonly FindingRow JumpRange = new("BPF3206", "a jump spans {0} instructions, more than the cpu level can encode",
        "compile for cpu level 4, or move code to [MethodImpl(MethodImplOptions.NoInlining)] methods");
    public static readonly FindingRow FaultInSubprogram = new("BPF3207",
        "{0} can fault and returns 64 bits; a fault cannot be told from a value",
        "return at most 32 bits, or allow it to be inlined");

    public static readonly FindingRow PointerOperation = new("BPF3306", "the verifier forbids this arithmetic on pointers ({0})",
        "add and subtract integers only");
    public static readonly FindingRow ContextAccess = new("BPF3307", "the context is read at a place not known when compiling ({0})",
        "use a constant index");

    public static readonly FindingRow KernelType = new("BPF3501", "the kernel type access cannot be relocated ({0})",
        "mark the struct with [BtfType] and name its fields as the kernel does");

    /// <summary>All rows.</summary>
    public static IEnumerable<FindingRow> All => typeof(FindingTable)
        .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Select(f => (FindingRow)f.GetValue(null)!);

    public static Finding Make(FindingRow row, string what, SourceLocation? source, string? program) => new()
    {
        Id = row.Id,
        Message = string.Format(System.Globalization.CultureInfo.InvariantCulture, row.Message, what),
        Suggestion = row.Suggestion,
        Source = source,
        Program = program,
    };
}

/// <summary>Stops the compilation of one program.</summary>
internal sealed class CompileError(FindingRow row, string what, SourceLocation? source) : Exception(row.Id + ": " + what)
{
    public FindingRow Row { get; } = row;

    public string What { get; } = what;

    public SourceLocation? Location { get; } = source;
}
