#!/usr/bin/env dotnet
// A security policy: only root may run programs from /dev/shm. Needs the BPF security module.   sudo dotnet run noexec.cs
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;

using var policy = BpfHost.Kernel.Load(typeof(NoExec));
using Link link = policy.Program(nameof(NoExec.Check)).AttachToLoadTarget();
Console.WriteLine("in force; Enter ends it");
Console.ReadLine();

[BtfType("linux_binprm")]
unsafe struct Binary { public byte* filename; }

[BpfObject]
static unsafe class NoExec
{
    const int NotPermitted = -1;

    [Lsm("bprm_check_security")]
    public static int Check(Binary* binary, int result)
    {
        if (result != 0 || (uint)Bpf.GetCurrentUidGid() == 0) return result;
        Span<byte> name = stackalloc byte[16];
        if (Bpf.ProbeReadKernelStr(name, binary->filename) < 0) return 0;
        ReadOnlySpan<byte> folder = "/dev/shm/"u8;
        for (int i = 0; i < folder.Length; i++)
        {
            if (name[i] != folder[i]) return 0;
        }

        return NotPermitted;
    }
}
