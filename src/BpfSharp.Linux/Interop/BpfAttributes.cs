using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

// The members of `union bpf_attr`, one struct per command, named as in include/uapi/linux/bpf.h. Pointers are 64 bits
// wide on every architecture. What a command does not use stays zero: the kernel answers E2BIG to bytes it does not know.
namespace BpfSharp.Linux.Interop;

/// <summary><c>char name[BPF_OBJ_NAME_LEN]</c>: 15 bytes and a terminating zero.</summary>
[InlineArray(Length)]
internal struct ObjectName
{
    public const int Length = 16;

    private byte _first;

    /// <summary>The name with what the kernel forbids replaced, cut to 15 bytes.</summary>
    internal static ObjectName From(string name)
    {
        ObjectName result = default;
        int length = Math.Min(name.Length, Length - 1);
        for (int i = 0; i < length; i++)
        {
            // The kernel takes letters, digits, '_' and '.'.
            char c = name[i];
            result[i] = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? (byte)c : (byte)'_';
        }

        return result;
    }

    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapCreateAttr
{
    public uint MapType;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public uint MapFlags;
    public uint InnerMapFd;
    public uint NumaNode;
    public ObjectName MapName;
    public uint MapIfindex;
    public uint BtfFd;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxValueTypeId;
    public ulong MapExtra;
    public int ValueTypeBtfObjFd;
    public int MapTokenFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapElementAttr
{
    public uint MapFd;
    private readonly uint _pad;
    public ulong Key;
    public ulong Value;
    public ulong Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapBatchAttr
{
    public ulong InBatch;
    public ulong OutBatch;
    public ulong Keys;
    public ulong Values;
    public uint Count;
    public uint MapFd;
    public ulong ElemFlags;
    public ulong Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgLoadAttr
{
    public uint ProgType;
    public uint InsnCnt;
    public ulong Insns;
    public ulong License;
    public uint LogLevel;
    public uint LogSize;
    public ulong LogBuf;
    public uint KernVersion;
    public uint ProgFlags;
    public ObjectName ProgName;
    public uint ProgIfindex;
    public uint ExpectedAttachType;
    public uint ProgBtfFd;
    public uint FuncInfoRecSize;
    public ulong FuncInfo;
    public uint FuncInfoCnt;
    public uint LineInfoRecSize;
    public ulong LineInfo;
    public uint LineInfoCnt;
    public uint AttachBtfId;
    public uint AttachProgFd;
    public uint CoreReloCnt;
    public ulong FdArray;
    public ulong CoreRelos;
    public uint CoreReloRecSize;
    public uint LogTrueSize;
    public int ProgTokenFd;
    public uint FdArrayCnt;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TestRunAttr
{
    public uint ProgFd;
    public uint Retval;
    public uint DataSizeIn;
    public uint DataSizeOut;
    public ulong DataIn;
    public ulong DataOut;
    public uint Repeat;
    public uint Duration;
    public uint CtxSizeIn;
    public uint CtxSizeOut;
    public ulong CtxIn;
    public ulong CtxOut;
    public uint Flags;
    public uint Cpu;
    public uint BatchSize;
    private readonly uint _pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectPathAttr
{
    public ulong Pathname;
    public uint BpfFd;
    public uint FileFlags;
    public int PathFd;
    private readonly uint _pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectIdAttr
{
    public uint Id;
    public uint NextId;
    public uint OpenFlags;
    private readonly uint _pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InfoAttr
{
    public uint BpfFd;
    public uint InfoLen;
    public ulong Info;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BtfLoadAttr
{
    public ulong Btf;
    public ulong LogBuf;
    public uint BtfSize;
    public uint LogSize;
    public uint LogLevel;
    public uint LogTrueSize;
    public uint BtfFlags;
    public int TokenFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgAttachAttr
{
    public uint TargetFd;
    public uint AttachBpfFd;
    public uint AttachType;
    public uint AttachFlags;
    public uint ReplaceBpfFd;
    public uint RelativeFd;
    public ulong ExpectedRevision;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgQueryAttr
{
    public uint TargetFd;
    public uint AttachType;
    public uint QueryFlags;
    public uint AttachFlags;
    public ulong ProgIds;
    public uint ProgCnt;
    private readonly uint _pad;
    public ulong ProgAttachFlags;
    public ulong LinkIds;
    public ulong LinkAttachFlags;
    public ulong Revision;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RawTracepointAttr
{
    public ulong Name;
    public uint ProgFd;
    private readonly uint _pad;
    public ulong Cookie;
}

/// <summary><c>link_create</c>: four common words, then 48 bytes that each hook uses in its own way.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateAttr
{
    [FieldOffset(0)] public uint ProgFd;
    [FieldOffset(4)] public uint TargetFd;
    [FieldOffset(8)] public uint AttachType;
    [FieldOffset(12)] public uint Flags;

    // Tracing and freplace.
    [FieldOffset(16)] public uint TargetBtfId;
    [FieldOffset(24)] public ulong TracingCookie;

    // perf_event.
    [FieldOffset(16)] public ulong PerfCookie;

    // Iterators.
    [FieldOffset(16)] public ulong IterInfo;
    [FieldOffset(24)] public uint IterInfoLen;

    // tcx, netkit and cgroup (6.16).
    [FieldOffset(16)] public uint RelativeFd;
    [FieldOffset(24)] public ulong ExpectedRevision;

    // kprobe.multi.
    [FieldOffset(16)] public uint KprobeFlags;
    [FieldOffset(20)] public uint KprobeCount;
    [FieldOffset(24)] public ulong KprobeSymbols;
    [FieldOffset(32)] public ulong KprobeAddresses;
    [FieldOffset(40)] public ulong KprobeCookies;

    // uprobe.multi.
    [FieldOffset(16)] public ulong UprobePath;
    [FieldOffset(24)] public ulong UprobeOffsets;
    [FieldOffset(32)] public ulong UprobeRefCtrOffsets;
    [FieldOffset(40)] public ulong UprobeCookies;
    [FieldOffset(48)] public uint UprobeCount;
    [FieldOffset(52)] public uint UprobeFlags;
    [FieldOffset(56)] public uint UprobePid;

    // Netfilter.
    [FieldOffset(16)] public uint NetfilterFamily;
    [FieldOffset(20)] public uint NetfilterHook;
    [FieldOffset(24)] public int NetfilterPriority;
    [FieldOffset(28)] public uint NetfilterFlags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkUpdateAttr
{
    public uint LinkFd;
    public uint NewProgFd;
    public uint Flags;
    public uint OldProgFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TwoWordsAttr
{
    public uint First;
    public uint Second;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgBindMapAttr
{
    public uint ProgFd;
    public uint MapFd;
    public uint Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct StreamReadAttr
{
    public ulong StreamBuf;
    public uint StreamBufLen;
    public uint StreamId;
    public uint ProgFd;
    private readonly uint _pad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TaskFdQueryAttr
{
    public uint Pid;
    public uint Fd;
    public uint Flags;
    public uint BufLen;
    public ulong Buf;
    public uint ProgId;
    public uint FdType;
    public ulong ProbeOffset;
    public ulong ProbeAddr;
}
