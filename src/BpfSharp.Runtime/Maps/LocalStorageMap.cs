using BpfSharp.Diagnostics;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Runtime.Maps;

/// <summary>Storage of sockets, tasks, cgroups and inodes: a value per owner, by the address the program holds for it.</summary>
/// <remarks>User space asks by descriptor, which has no meaning here: it finds nothing.</remarks>
internal sealed unsafe class LocalStorageMap : RuntimeMap
{
    /// <summary>Most owners that have storage at once.</summary>
    private const uint MaxOwners = 65_536;

    private readonly HashMap _byOwner;

    /// <summary>Makes empty storage.</summary>
    public LocalStorageMap(MapSpec spec) : base(spec) => _byOwner = new HashMap(new MapSpec
    {
        Name = spec.Name,
        Type = MapType.Hash,
        KeySize = sizeof(ulong),
        ValueSize = spec.ValueSize,
        MaxEntries = MaxOwners,
    });

    /// <summary>The value of an owner; made of zeroes, or of a given first value, if asked for.</summary>
    /// <param name="owner">Address of the owner.</param>
    /// <param name="create">Whether to make it.</param>
    /// <param name="first">First value; may be null.</param>
    public byte* Get(ulong owner, bool create, byte* first)
    {
        byte* value = _byOwner.LookupElement((byte*)&owner, 0);
        if (value is not null || !create)
        {
            return value;
        }

        byte[] zeroes = first is null ? new byte[Spec.ValueSize] : [];
        fixed (byte* zero = zeroes)
        {
            _byOwner.UpdateElement((byte*)&owner, first is null ? zero : first, MapOperation.NoExist, 0);
        }

        return _byOwner.LookupElement((byte*)&owner, 0);
    }

    /// <summary>Deletes the value of an owner; 0 or -2 (ENOENT).</summary>
    public long Remove(ulong owner) => _byOwner.DeleteElement((byte*)&owner);

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Ebadf;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key) => -Errno.Ebadf;

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => _byOwner.Owns(address, bytes);

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu) => -Errno.Ebadf;

    /// <inheritdoc/>
    protected override void Free() => _byOwner.Dispose();
}
