#!/usr/bin/env dotnet
// Lists the tasks of the system by an iterator: the kernel runs the program for each and hands on what it writes.
//   sudo dotnet run tasks.cs
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Linux.Links;

using var tasks = BpfHost.Kernel.Load(typeof(Tasks));
using KernelLink link = tasks.Program(nameof(Tasks.OnTask)).AttachIterator();
using Stream rows = link.OpenStream();
byte[] row = new byte[Unsafe.SizeOf<Row>()];
while (rows.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) == row.Length)
{
    Row task = MemoryMarshal.Read<Row>(row);
    Console.WriteLine($"{task.ProcessId,8} {task.ThreadId,8} {Encoding.UTF8.GetString(task.Name).TrimEnd('\0')}");
}

[InlineArray(16)]
struct TaskName { private byte _first; }

struct Row
{
    public int ProcessId, ThreadId;
    public TaskName Name;
}

// Only the fields that are used; where they stand is found when loading.
[BtfType("bpf_iter_meta")]
unsafe struct Meta { public void* seq; }

[BtfType("task_struct")]
struct KernelTask
{
    public int pid, tgid;
    public TaskName comm;
}

[BtfType("bpf_iter__task")]
unsafe struct Element
{
    public Meta* meta;
    public KernelTask* task;
}

[BpfObject]
static unsafe class Tasks
{
    [Iterator("task")]
    public static int OnTask(Element* element)
    {
        KernelTask* task = element->task;
        if (task == null) return 0;                             // the end
        Row row = new() { ProcessId = task->tgid, ThreadId = task->pid, Name = task->comm };
        Bpf.SeqWrite(element->meta->seq, MemoryMarshal.AsBytes(new ReadOnlySpan<Row>(in row)));
        return 0;
    }
}
