using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>A pointer to memory whose size is known at run time only (<c>struct bpf_dynptr</c>). Lives on the stack.</summary>
[BtfType("bpf_dynptr")]
[StructLayout(LayoutKind.Sequential)]
public struct BpfDynptr
{
    private readonly ulong _first;
    private readonly ulong _second;
}
