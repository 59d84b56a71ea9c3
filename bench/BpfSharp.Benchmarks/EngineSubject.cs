using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Benchmarks;

/// <summary>One of our engines, called as a hook calls it: a context leased once, then run after run.</summary>
internal sealed unsafe class EngineSubject : Subject
{
    private readonly RuntimeProgram _program;
    private readonly RunContext _run;
    private readonly ulong _length;

    public EngineSubject(string name, BpfObject source, byte[] memory, EngineChoice engine, bool isChecked) : base(name)
    {
        Loaded = (InProcessObject)InProcessHost.Instance.Load(source, new RuntimeOptions
        {
            Engine = engine,
            Checking = Checking.Always,
            TrustEverything = !isChecked,
        });
        _program = ((InProcessProgram)Loaded.Programs.Values.First()).Code;
        _run = RunContext.Lease(_program.Object);
        memory.CopyTo(_run.SizeContext(memory.Length));
        _length = (ulong)memory.Length;
    }

    public InProcessObject Loaded { get; }

    /// <summary>For the native twins: where the run's memory is.</summary>
    public byte* Memory => _run.Context;

    public override void Run(int count)
    {
        // A first start sets the run up as the host does; the others are what a loop over packets does.
        _run.Fuel = long.MaxValue;
        Result = _program.Start(_run, (ulong)_run.Context, _length, out var fault);
        if (fault is not null)
        {
            throw new InvalidOperationException($"{Name}: {fault.Message}", fault);
        }

        ulong result = 0;
        if (_program.EntryPoint is var entry && entry != null)
        {
            byte* frame = _run.StackBase + RunContext.FrameBytes;
            _run.Frame = frame;
            for (int i = 1; i < count; i++)
            {
                _run.Fuel = long.MaxValue;
                result = entry(_run, frame, (ulong)_run.Context, _length, 0, 0, 0);
            }

            _run.Frame = _run.StackBase;
        }
        else
        {
            for (int i = 1; i < count; i++)
            {
                _run.Fuel = long.MaxValue;
                result = _program.Call(_run, 0, (ulong)_run.Context, _length, 0, 0, 0);
            }
        }

        Result = count > 1 ? result : Result;
    }
}
