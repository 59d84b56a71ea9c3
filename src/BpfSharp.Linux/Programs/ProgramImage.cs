using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Programs;

/// <summary>A program as BPF_PROG_LOAD takes it: nothing refers to the object any more, only to descriptors and ids.</summary>
internal sealed record ProgramImage
{
    public required string Name { get; init; }
    public ProgramType Type { get; init; }
    public AttachType? AttachType { get; init; }
    public ProgramFlags Flags { get; init; }
    public string License { get; init; } = "";
    public uint KernelVersion { get; init; }

    /// <summary>Little-endian slots.</summary>
    public required byte[] Instructions { get; init; }

    /// <summary>The object's types as loaded; without them no function or line records.</summary>
    public BpfHandle? Types { get; init; }

    public byte[] FunctionRecords { get; init; } = [];
    public byte[] LineRecords { get; init; } = [];

    /// <summary>Bytes of one line record.</summary>
    public int LineRecordSize { get; init; } = 16;

    /// <summary>Function or type the program is attached to, in the kernel's, a module's or another program's BTF.</summary>
    public uint AttachTypeId { get; init; }

    /// <summary>Program extended, or BTF of the module; 0 for the kernel's own BTF.</summary>
    public int AttachToFd { get; init; }

    /// <summary>Descriptors that kernel function calls name by index (module BTF; index 0 is the kernel).</summary>
    public int[] FdArray { get; init; } = [];

    /// <summary>Device of a device-bound program; 0 for none.</summary>
    public uint InterfaceIndex { get; init; }
}
