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

        After("promotion");
        for (int round = 0; round < 4; round++)
        {
            bool changed = new Simplify(function, context).Run();
            changed |= ImpliedBranches.Run(function);
            changed |= Diamonds.Run(function);
            ControlFlow.Run(function);
            changed |= new ValueNumbering(function).Run();
            changed |= DeadCode.Run(function);
            function.Renumber();
            if (!changed)
            {
                break;
            }
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
}
