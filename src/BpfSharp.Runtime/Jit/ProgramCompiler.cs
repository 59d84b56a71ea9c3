using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using BpfSharp.Isa;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Interpreter;

namespace BpfSharp.Runtime.Jit;

/// <summary>Compiles a predecoded program to native code, by way of IL: a dynamic method for each function.</summary>
internal sealed unsafe class ProgramCompiler
{
    private readonly RuntimeProgram _program;
    private readonly CodeImage _image;
    private readonly Dictionary<long, int> _mapsByHandle = [];
    private readonly FunctionFlow[] _flows;
    private readonly FunctionFacts[] _facts;
    private readonly int[] _arguments;
    private readonly bool[] _reached;
    private readonly bool[] _uniform;

    private ProgramCompiler(RuntimeProgram program)
    {
        _program = program;
        _image = program.Image;
        int count = _image.Functions.Length;
        _flows = new FunctionFlow[count];
        _facts = new FunctionFacts[count];
        _arguments = new int[count];
        _reached = new bool[count];
        _uniform = new bool[count];
        for (int m = 0; m < program.Object.Maps.Length; m++)
        {
            if (program.Object.Maps[m] is { } map)
            {
                _mapsByHandle[(long)map.Handle] = m;
            }
        }
    }

    /// <summary>Compiles a program.</summary>
    [RequiresDynamicCode("Makes code at run time.")]
    public static CompiledProgram Compile(RuntimeProgram program) => new ProgramCompiler(program).Compile();

    [RequiresDynamicCode("Makes code at run time.")]
    private CompiledProgram Compile()
    {
        FindFunctions();
        FindFacts();
        int count = _image.Functions.Length;
        DynamicMethod?[] methods = new DynamicMethod?[count];
        for (int f = 0; f < count; f++)
        {
            // Without facts: only unreachable code calls it.
            if (_facts[f] is not null)
            {
                methods[f] = FunctionEmitter.Declare($"{_program.Name}.{f}", ArgumentsOf(f));
            }
        }

        List<DynamicMethod> chunks = [];
        for (int f = 0; f < count; f++)
        {
            if (methods[f] is { } method)
            {
                Emit(f, method, methods, chunks);
            }
        }

        // Callees first, so that calls are bound to finished code.
        List<DynamicMethod> all = [.. chunks];
        nint[] entries = new nint[count];
        foreach (DynamicMethod chunk in chunks)
        {
            JitSupport.Compile(chunk);
        }

        for (int f = count - 1; f >= 0; f--)
        {
            if (methods[f] is { } method)
            {
                all.Add(method);
                nint entry = JitSupport.Compile(method);
                entries[f] = _uniform[f] ? entry : 0;
            }
        }

        return new CompiledProgram(entries, [.. all]);
    }

    private int ArgumentsOf(int f) => _uniform[f] ? 5 : _arguments[f];

    [RequiresDynamicCode("Makes code at run time.")]
    private void Emit(int f, DynamicMethod method, DynamicMethod?[] methods, List<DynamicMethod> allChunks)
    {
        ILGenerator il = method.GetILGenerator(64 + SpanOf(f).Length * 16);
        if (ChunkPlan.Make(CodeOf(f), _flows[f], _program.ChecksEverything) is not { } plan)
        {
            Emitter(f, il, ArgumentsOf(f), methods).Emit();
            return;
        }

        DynamicMethod[] chunks = new DynamicMethod[plan.FirstBlocks.Length];
        for (int c = 0; c < chunks.Length; c++)
        {
            chunks[c] = FunctionEmitter.DeclareChunk($"{_program.Name}.{f}.{c}");
            Emitter(f, chunks[c].GetILGenerator(1 << 14), 0, methods).EmitChunk(plan, c);
        }

        FunctionEmitter.EmitDriver(il, plan, chunks, ArgumentsOf(f), _program.ChecksEverything);
        allChunks.AddRange(chunks);
    }

    private FunctionEmitter Emitter(int f, ILGenerator il, int arguments, DynamicMethod?[] methods)
        => new(_program, CodeOf(f), _flows[f], _facts[f], il, arguments, index => CalleeAt(f, index, methods));


    private ReadOnlySpan<Code> SpanOf(int f)
        => _image.All.Slice(_image.Functions[f].StartIndex, _image.Functions[f].Slots + 1);

    private Code* CodeOf(int f) => _image.Start + _image.Functions[f].StartIndex;

    private Callee CalleeAt(int f, int index, DynamicMethod?[] methods)
    {
        int callee = FunctionAt(f, index);
        return new()
        {
            Method = methods[callee]!,
            Arguments = ArgumentsOf(callee),
            Code = CodeOf(callee),
            Flow = _flows[callee],
            Facts = _facts[callee],
        };
    }

    // The function that begins at an index counted from the start of function f.
    private int FunctionAt(int f, int index) => _image.FunctionAt(_image.Functions[f].StartIndex + index);

    // Which functions can be called at all, which need the signature of entries, and how many arguments the others take.
    private void FindFunctions()
    {
        Stack<int> work = new();
        Reach(0, isEntry: true);
        if (_program.ExceptionCallback >= 0)
        {
            Reach(_program.ExceptionCallback, isEntry: true);
        }

        while (work.TryPop(out int f))
        {
            ReadOnlySpan<Code> code = SpanOf(f);
            for (int i = 0; i < code.Length; i++)
            {
                if (code[i].Op == Op.CallLocal)
                {
                    Reach(FunctionAt(f, i + 1 + code[i].Offset), isEntry: false);
                }
                else if (code[i].Op == Op.LoadImm64
                    && _program.Object.TryFindFunction((ulong)code[i].Imm, out RuntimeProgram? owner, out int function)
                    && owner == _program)
                {
                    Reach(function, isEntry: true);
                }
            }
        }

        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int f = 0; f < _flows.Length; f++)
            {
                if (!_reached[f])
                {
                    continue;
                }

                int current = f;
                _flows[f] = new FunctionFlow(SpanOf(f), index => _arguments[FunctionAt(current, index)]);
                int arguments = _flows[f].ArgumentCount;
                if (arguments != _arguments[f])
                {
                    _arguments[f] = arguments;
                    changed = true;
                }
            }

            changed &= _flows.Length > 1;
        }

        void Reach(int f, bool isEntry)
        {
            _uniform[f] |= isEntry;
            if (!_reached[f])
            {
                _reached[f] = true;
                work.Push(f);
            }
        }
    }

    // Facts flow from callers into callees until nothing changes; entries from outside know only the context.
    private void FindFacts()
    {
        Value[]?[] entry = new Value[]?[_flows.Length];
        Queue<int> work = new();
        for (int f = 0; f < _flows.Length; f++)
        {
            if (_reached[f] && _uniform[f])
            {
                entry[f] = new Value[5];
                if (f == 0)
                {
                    entry[f]![0] = new Value(ValueKind.Context, ValueTraits.Offset);
                }

                work.Enqueue(f);
            }
        }

        while (work.TryDequeue(out int f))
        {
            FunctionFacts facts = new(_program, CodeOf(f), _image.Functions[f].Slots + 1, _flows[f], _mapsByHandle);
            facts.Analyse(entry[f]);
            _facts[f] = facts;
            foreach ((int index, Value[] passed) in facts.Calls)
            {
                int callee = FunctionAt(f, index + 1 + CodeOf(f)[index].Offset);
                if (Meet(ref entry[callee], passed) && !work.Contains(callee))
                {
                    work.Enqueue(callee);
                }
            }
        }
    }

    private static bool Meet(ref Value[]? known, Value[] passed)
    {
        bool changed = known is null;
        Value[] joined = new Value[5];
        for (int r = 0; r < 5; r++)
        {
            // Another frame's offsets and another function's calls mean nothing here.
            Value value = passed[r].Kind == ValueKind.Stack ? new Value(ValueKind.Stack) : passed[r] with { Site = 0 };
            joined[r] = known is null ? value : Value.Join(known[r], value);
            changed |= known is not null && joined[r] != known[r];
        }

        known = joined;
        return changed;
    }
}
