using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Ir;

namespace BpfSharp.Compiler.Passes;

/// <summary>The passes, in order. The list is closed: what is not here changes comparisons or pointers in ways the verifier cannot follow.</summary>
internal static class Pipeline
{
    public static void Run(Function function, ObjectContext context)
    {
        CompilerOptions options = context.Options;
        void After(string pass)
        {
            if (options.CheckPasses)
            {
                IrVerifier.Check(function, pass);
            }

            options.Dump?.Invoke(function.Name, pass, IrText.Dump(function));
        }

        function.Renumber();
        After("");
        ControlFlow.Run(function);
        After("control-flow");
        Threading.Run(function);
        ControlFlow.Run(function);
        After("threading");
        Promote(function, context);
        After("promotion");
        Shorten(function, context);
        if (Unrolling.Run(function))
        {
            After("unrolling");
            Promote(function, context);
            Shorten(function, context);
        }

        Threading.Run(function);
        new Simplify(function, context).Run();
        DeadCode.Run(function);
        ControlFlow.Run(function);
        After("simplify");
        CallbackStates.Run(function, context);
        ContextCopies.Run(function);
        Padding.Run(function);
        StackAlignment.Run(function);
        function.Renumber();
        Returns.Run(function);
        After("returns");
        new Legalise(function, options.CpuLevel).Run();
        new Simplify(function, context).Run();
        DeadCode.Run(function);
        ControlFlow.Run(function);
        function.Renumber();
        After("legalise");
    }

    private static void Promote(Function function, ObjectContext context)
    {
        for (int round = 0; round < 12; round++)
        {
            new Simplify(function, context).Run();
            bool promoted = StackPromotion.Run(function);
            function.Renumber();
            if (!promoted)
            {
                break;
            }

            DeadCode.Run(function);
            function.Renumber();
            // What went through references is seen now.
            Threading.Run(function);
            ControlFlow.Run(function);
        }
    }

    private static void Shorten(Function function, ObjectContext context)
    {
        for (int round = 0; round < 4; round++)
        {
            bool changed = new Simplify(function, context).Run();
            changed |= ImpliedBranches.Run(function);
            changed |= Diamonds.Run(function);
            ControlFlow.Run(function);
            changed |= new ValueNumbering(function).Run();
            changed |= NarrowLoads.Run(function);
            changed |= DeadCode.Run(function);
            function.Renumber();
            if (!changed)
            {
                break;
            }
        }
    }
}
