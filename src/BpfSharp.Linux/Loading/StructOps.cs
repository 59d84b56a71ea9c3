using System.Buffers.Binary;
using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>A kernel operations structure of an object, fitted to the kernel's own layout.</summary>
[SupportedOSPlatform("linux")]
internal sealed class StructOps : IDisposable
{
    private const string ValuePrefix = "bpf_struct_ops_";

    private readonly MapSpec _spec;
    private readonly BtfFile _local;
    private readonly BtfType _kernelType;
    private readonly BtfType _kernelValue;
    private readonly int _dataOffset;

    private StructOps(MapSpec spec, BtfFile local, BtfType kernelType, BtfType kernelValue, int dataOffset, BpfHandle? module)
    {
        _spec = spec;
        _local = local;
        _kernelType = kernelType;
        _kernelValue = kernelValue;
        _dataOffset = dataOffset;
        Module = module;
    }

    /// <summary>The module that has the structure; <see langword="null"/> for the kernel.</summary>
    internal BpfHandle? Module { get; }

    /// <summary>The structure's id in the kernel's types: what its programs are loaded for.</summary>
    internal uint TypeId => (uint)_kernelType.Id;

    /// <summary>Finds the kernel's structure of the same name.</summary>
    /// <exception cref="KernelException">There is none, or it cannot be implemented in BPF.</exception>
    internal static StructOps Fit(MapSpec spec, BpfObject source)
    {
        string subject = $"map '{spec.Name}'";
        BtfFile local = source.Btf ?? throw KernelException.Missing("BPF5011", subject, "a kernel operations structure needs the object's types");
        string name = local[spec.ValueTypeId].Name;
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        string essential = flavour > 0 ? name[..flavour] : name;
        _ = KernelTypes.Require(subject);
        (int valueId, string? module) = KernelTypes.Find(ValuePrefix + essential, BtfKind.Struct);
        if (valueId == 0)
        {
            throw KernelException.Missing("BPF5011", subject, $"the running kernel cannot take a {essential} from BPF",
                "it needs the kernel option of that subsystem, and a kernel new enough");
        }

        BtfFile types = module is null ? KernelTypes.Kernel! : KernelTypes.Module(module);
        BtfType value = types[valueId];
        BtfMember data = value.Members.ToArray().FirstOrDefault(m => m.Name == "data");
        BtfType structure = types.SkipModifiers(data.TypeId);
        return structure.Kind == BtfKind.Struct
            ? new StructOps(spec, local, structure, value, data.ByteOffset, module is null ? null : KernelTypes.OpenModule(module))
            : throw KernelException.Missing("BPF5011", subject, $"{ValuePrefix}{essential} has no data of a structure");
    }

    /// <summary>The place of a member among the kernel's: what a program for it says as its hook.</summary>
    /// <exception cref="KernelException">The kernel's structure has no such member.</exception>
    internal int MemberIndex(string name)
    {
        BtfMember[] members = _kernelType.Members.ToArray();
        int index = Array.FindIndex(members, m => m.Name == name);
        return index >= 0 ? index : throw KernelException.Missing("BPF5011", $"map '{_spec.Name}'",
            $"the kernel's {_kernelType.Name} has no member '{name}'", $"it has: {string.Join(", ", members.Select(m => m.Name))}");
    }

    /// <summary>Creates the map, still empty.</summary>
    internal KernelMap CreateMap(BpfHandle types)
    {
        MapSpec spec = _spec.Clone();
        spec.ValueSize = _kernelValue.Size;
        return MapCreation.Create(spec, types, 0, (uint)_kernelValue.Id, Module?.Fd ?? -1);
    }

    /// <summary>The value for the kernel: each member of ours at its place there, and the programs' descriptors.</summary>
    internal byte[] BuildValue(Func<string, int> programFd)
    {
        byte[] value = new byte[_kernelValue.Size];
        foreach (BtfMember ours in _local[_spec.ValueTypeId].Members)
        {
            BtfMember? theirs = FindMember(ours.Name);
            int size = _local.SizeOf(ours.TypeId);
            ReadOnlySpan<byte> bytes = _spec.InitialData.AsSpan(ours.ByteOffset, size);
            if (theirs is null)
            {
                if (bytes.ContainsAnyExcept((byte)0))
                {
                    throw KernelException.Missing("BPF5011", $"map '{_spec.Name}'",
                        $"the kernel's {_kernelType.Name} has no member '{ours.Name}', and the object sets it");
                }

                continue;
            }

            if (ours.BitfieldSize == 0)
            {
                bytes.CopyTo(value.AsSpan(_dataOffset + theirs.Value.ByteOffset));
            }
        }

        foreach (StructOpsMember member in _spec.StructOpsPrograms)
        {
            if (FindMember(member.Member) is { } place)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(_dataOffset + place.ByteOffset), (ulong)programFd(member.Program));
            }
        }

        return value;
    }

    public void Dispose() => Module?.Dispose();

    private BtfMember? FindMember(string name)
    {
        foreach (BtfMember member in _kernelType.Members)
        {
            if (member.Name == name)
            {
                return member;
            }
        }

        return null;
    }
}
