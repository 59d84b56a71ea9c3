using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>The compiler, where the application references it. Under NativeAOT there is no IL to compile: objects are embedded at build.</summary>
internal static class RuntimeCompiler
{
    private static readonly Func<Type, BpfObject>? s_compile = Find();

    /// <summary>The compiled object, or <see langword="null"/> without a compiler.</summary>
    public static BpfObject? Compile(Type type) => s_compile?.Invoke(type);

    // Both names are constants, so that trimming keeps the method exactly where the compiler is part of the application.
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "without the compiler, or without IL, the answer is null")]
    private static Func<Type, BpfObject>? Find()
    {
        Type? compiler = Type.GetType("BpfSharp.Compiler.BpfCompiler, BpfSharp.Compiler");
        Type? options = Type.GetType("BpfSharp.Compiler.CompilerOptions, BpfSharp.Compiler");
        MethodInfo? method = options is null
            ? null
            : compiler?.GetMethod("Compile", BindingFlags.Public | BindingFlags.Static, [typeof(Type), options]);
        return method is null ? null : Call;

        BpfObject Call(Type type)
        {
            try
            {
                return (BpfObject)method.Invoke(null, [type, null])!;
            }
            catch (TargetInvocationException error) when (error.InnerException is not null)
            {
                ExceptionDispatchInfo.Throw(error.InnerException);
                throw;
            }
        }
    }
}
