using System.Runtime.CompilerServices;
using System.Text;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

// Reports every program that is started: sudo dotnet run
using var tracing = BpfHost.Kernel.Load(typeof(Tracing));
using Link link = tracing.Program(Tracing.OnExec).AttachTracepoint("syscalls", "sys_enter_execve");
await foreach (var batch in tracing[Tracing.Started].ReadBatchesAsync())
{
    foreach (ref readonly Start start in batch)
    {
        ReadOnlySpan<byte> name = start.Command;
        Console.WriteLine($"{start.ProcessId} {Encoding.UTF8.GetString(name.TrimEnd((byte)0))}");
    }
}

[InlineArray(16)]
struct CommandName { private byte _first; }

struct Start
{
    public uint ProcessId;
    public CommandName Command;
}

[BpfObject]
static class Tracing
{
    public static readonly RingBuffer<Start> Started = new(bytes: 256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public static int OnExec(TracepointContext<SystemCallEnter> ctx)
    {
        if (!Started.TryReserve(out RingRecord<Start> record)) return 0;
        record.Value.ProcessId = (uint)(Bpf.GetCurrentPidTgid() >> 32);
        Bpf.GetCurrentComm(record.Value.Command);
        record.Submit();
        return 0;
    }
}
