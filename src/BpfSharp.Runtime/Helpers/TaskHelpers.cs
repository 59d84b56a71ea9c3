using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Diagnostics;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>The current task: this process. What it has no answer for is answered as the kernel does when there is none.</summary>
internal static unsafe class TaskHelpers
{
    private const int CommBytes = 16;

    private static readonly Lazy<byte[]> s_comm = new(ReadComm);
    private static readonly Lazy<ulong> s_ids = new(ReadIds);

    /// <summary>Their rows.</summary>
    public static HelperRow[] Rows { get; } =
    [
        new(14, "get_current_pid_tgid", PidTgid),
        new(15, "get_current_uid_gid", UidGid),
        new(16, "get_current_comm", Comm),
        new(35, "get_current_task", NoTask),
        new(37, "current_task_under_cgroup", NotUnder),
        new(80, "get_current_cgroup_id", CgroupId),
        new(120, "get_ns_current_pid_tgid", NamespacePid),
        new(123, "get_current_ancestor_cgroup_id", NoTask),
    ];

    private static ulong PidTgid(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((ulong)(uint)Environment.ProcessId << 32) | (uint)Environment.ProcessId;

    private static ulong UidGid(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => s_ids.Value;

    private static ulong Comm(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r2 == 0)
        {
            return Answer.Of(-Errno.Einval);
        }

        Span<byte> to = new((void*)r1, (int)(uint)r2);
        to.Clear();
        ReadOnlySpan<byte> name = s_comm.Value;
        name[..Math.Min(name.Length, to.Length - 1)].CopyTo(to);
        return 0;
    }

    // No kernel structure stands for a task here: 0 is an address that reads of kernel memory refuse.
    private static ulong NoTask(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;

    private static ulong NotUnder(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (uint)r2 >= run.Map(r1).Spec.MaxEntries ? Answer.Of(-Errno.E2Big) : Answer.Of(-Errno.Eagain);

    private static ulong CgroupId(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 1;

    private static ulong NamespacePid(RunContext run, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        NativeMemory.Clear((void*)r3, (nuint)r4);
        return Answer.Of(-Errno.Einval);
    }

    private static byte[] ReadComm()
    {
        string name = Path.GetFileName(Environment.ProcessPath) ?? "dotnet";
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        return bytes[..Math.Min(bytes.Length, CommBytes - 1)];
    }

    private static ulong ReadIds()
    {
        try
        {
            uint user = 0;
            uint group = 0;
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                string[] words = line.Split('\t', StringSplitOptions.RemoveEmptyEntries);
                if (words[0] == "Uid:")
                {
                    user = uint.Parse(words[1], CultureInfo.InvariantCulture);
                }
                else if (words[0] == "Gid:")
                {
                    group = uint.Parse(words[1], CultureInfo.InvariantCulture);
                }
            }

            return ((ulong)group << 32) | user;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // Not Linux: no such numbers.
            return 0;
        }
    }
}
