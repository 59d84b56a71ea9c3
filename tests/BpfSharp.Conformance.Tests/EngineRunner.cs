using System.Collections.Immutable;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Conformance.Tests;

/// <summary>The engines every instruction test runs on.</summary>
public enum EngineUnderTest
{
    InterpreterChecked,
    InterpreterUnchecked,
    JitChecked,
    JitUnchecked,
}

/// <summary>Runs plain instructions on one engine.</summary>
internal static class EngineRunner
{
    // The suite's helper 5 gives its argument back; Linux has another one under this number.
    private static readonly Dictionary<long, HelperRow> s_suiteHelpers = new() { [5] = new(5, "unwind", Unwind) };

    private static ulong Unwind(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => r1;

    public static RuntimeOptions Options(EngineUnderTest engine, long fuel = RuntimeOptions.DefaultFuel) => new()
    {
        Engine = engine is EngineUnderTest.InterpreterChecked or EngineUnderTest.InterpreterUnchecked
            ? EngineChoice.Interpreter : EngineChoice.Jit,
        Checking = Checking.Always,
        TrustEverything = engine is EngineUnderTest.InterpreterUnchecked or EngineUnderTest.JitUnchecked,
        Fuel = fuel,
        ExtraHelpers = s_suiteHelpers,
    };

    public static BpfObject Wrap(ImmutableArray<Instruction> program)
    {
        BpfObject source = new() { Name = "test", License = "GPL" };
        source.Programs.Add(new ProgramSpec { Name = "main", Instructions = program });
        return source;
    }

    public static RunResult Run(EngineUnderTest engine, ImmutableArray<Instruction> program, byte[] memory, long fuel = RuntimeOptions.DefaultFuel)
    {
        using LoadedObject loaded = BpfHost.InProcess.Load(Wrap(program), Options(engine, fuel));
        return loaded.Program("main").Run(new RunInput { Context = memory });
    }
}
