using System.Runtime.InteropServices;

namespace BpfSharp.Language;

/// <summary>VLAN tag that follows an Ethernet header's type: 4 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VlanHeader
{
    private ushort _tag;
    private ushort _type;

    /// <summary>Priority (3 bits), drop eligible (1 bit) and VLAN id (12 bits).</summary>
    public ushort Tag
    {
        readonly get => NetworkOrder.Swap(_tag);
        set => _tag = NetworkOrder.Swap(value);
    }

    /// <summary>What follows.</summary>
    public EtherType Type
    {
        readonly get => (EtherType)NetworkOrder.Swap(_type);
        set => _type = NetworkOrder.Swap((ushort)value);
    }

    /// <summary>VLAN id.</summary>
    public readonly ushort Id => (ushort)(Tag & 0xFFF);

    /// <summary>Priority, 0 to 7.</summary>
    public readonly byte Priority => (byte)(Tag >> 13);
}
