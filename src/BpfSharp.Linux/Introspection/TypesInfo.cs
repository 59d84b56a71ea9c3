using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Introspection;

/// <summary>The kernel's description of a set of types.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name: <c>vmlinux</c>, a module, or empty for those of programs.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="IsKernel">Whether it is the kernel's or a module's own.</param>
[SupportedOSPlatform("linux")]
public sealed record TypesInfo(uint Id, string Name, int Bytes, bool IsKernel)
{
    internal static unsafe TypesInfo Read(BpfHandle types)
    {
        byte* name = stackalloc byte[64];
        new Span<byte>(name, 64).Clear();
        RawBtfInfo info = new() { Name = (ulong)name, NameLen = 64 };
        int result = BpfSyscall.Info(types.Fd, ref info);
        return result < 0
            ? throw KernelException.Refused("BPF5025", "types", "BPF_OBJ_GET_INFO_BY_FD", -result)
            : new TypesInfo(info.Id, Marshal.PtrToStringUTF8((nint)name) ?? "", (int)info.BtfSize, info.KernelBtf != 0);
    }
}
