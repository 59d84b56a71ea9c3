using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Emit;

/// <summary>Finishes the object: links its programs and gives it types.</summary>
internal static class ObjectTypes
{
    public static void Complete(
        ObjectContext context, List<(ProgramSpec Spec, CompiledFunction Main)> programs, Func<Function, CompiledFunction> compile)
    {
        foreach ((ProgramSpec spec, CompiledFunction main) in programs)
        {
            Emitter.Link(spec, main, compile, (_, _) => null);
            context.Object.Programs.Add(spec);
        }
    }
}
