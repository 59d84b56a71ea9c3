using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Programs;

namespace BpfSharp.Linux.Types;

/// <summary>Types of programs and maps that live in the kernel.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class ProgramTypes
{
    /// <summary>A program's types as it was loaded with; <see langword="null"/> if it has none.</summary>
    internal static BtfFile? Of(KernelProgram program)
    {
        RawProgInfo info = default;
        return BpfSyscall.Info(program.FileDescriptor, ref info) < 0 || info.BtfId == 0 ? null : ById(info.BtfId);
    }

    /// <summary>The types of an id; <see langword="null"/> if they are gone or may not be opened.</summary>
    internal static BtfFile? ById(uint id)
    {
        using BpfHandle? handle = BpfSyscall.OpenById(BpfCommand.BtfGetFdById, id, out _);
        if (handle is null)
        {
            return null;
        }

        RawBtfInfo info = default;
        if (BpfSyscall.Info(handle.Fd, ref info) < 0 || info.BtfSize == 0)
        {
            return null;
        }

        byte[] bytes = new byte[info.BtfSize];
        fixed (byte* data = bytes)
        {
            RawBtfInfo filled = new() { Btf = (ulong)data, BtfSize = (uint)bytes.Length };
            if (BpfSyscall.Info(handle.Fd, ref filled) < 0)
            {
                return null;
            }
        }

        return BtfFile.Read(bytes, info.KernelBtf != 0 ? KernelTypes.Kernel : null, $"BTF {id}");
    }
}
