using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Hooks;

/// <summary>Contexts of the program types: their structures and what may be read and written.</summary>
/// <remarks>
/// The access rows are measured: every offset and width was tried on a live kernel (Linux 6.18). Types whose context is
/// the arguments of a kernel function (tracing, lsm, struct_ops, freplace) have none: their rules follow from BTF.
/// </remarks>
public static partial class ContextTable
{
    /// <summary>All access rows.</summary>
    public static ImmutableArray<ContextAccess> All => ImmutableCollectionsMarshal.AsImmutableArray(s_accesses);

    /// <summary>All structures.</summary>
    public static ImmutableArray<ContextStruct> Structs => ImmutableCollectionsMarshal.AsImmutableArray(s_structs);

    /// <summary>What may be done through a pointer to the common part of a socket.</summary>
    public static ContextAccess SockCommonAccess => s_sockCommon;

    /// <summary>What may be done through a pointer to a full socket.</summary>
    public static ContextAccess SocketAccess => s_socket;

    /// <summary>What may be done through a pointer to TCP fields.</summary>
    public static ContextAccess TcpSocketAccess => s_tcpSocket;

    /// <summary>What may be done through a pointer to flow keys.</summary>
    public static ContextAccess FlowKeysAccess => s_flowKeys;

    /// <summary>The access row of a program type, or <see langword="null"/> if its context is described by BTF.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="attach">Attach type, where the rules depend on it.</param>
    public static ContextAccess? Find(ProgramType type, AttachType? attach = null)
    {
        ContextAccess? general = null;
        foreach (ContextAccess row in s_accesses)
        {
            if (row.Type != type)
            {
                continue;
            }

            if (attach is not null && row.AttachTypes.Contains(attach.Value))
            {
                return row;
            }

            // A program that names no attach type is judged as the first of its type's.
            if (general is null || (row.AttachTypes.IsEmpty && !general.AttachTypes.IsEmpty))
            {
                general = row;
            }
        }

        return general;
    }

    /// <summary>A structure by its C name, or <see langword="null"/>.</summary>
    public static ContextStruct? FindStruct(string name)
    {
        foreach (ContextStruct row in s_structs)
        {
            if (row.Name == name)
            {
                return row;
            }
        }

        return null;
    }
}
