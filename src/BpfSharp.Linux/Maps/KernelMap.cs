using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Interop;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Maps;

/// <summary>A map in the kernel, in bytes.</summary>
[SupportedOSPlatform("linux")]
public sealed unsafe partial class KernelMap : LoadedMap, IDisposable
{
    private readonly BpfHandle _handle;

    internal KernelMap(BpfHandle handle, MapSpec spec)
    {
        _handle = handle;
        Spec = spec;
        ValueBytes = MapShape.UserValueBytes(spec.Type, spec.ValueSize);
    }

    /// <inheritdoc/>
    public override MapSpec Spec { get; }

    /// <inheritdoc/>
    public override int ValueBytes { get; }

    /// <summary>The descriptor, for calls this library does not make; valid until the map is disposed.</summary>
    public int FileDescriptor => _handle.Fd;

    internal BpfHandle Handle => _handle;

    /// <summary>For a kernel operations structure: the value that registers it, written when it is attached.</summary>
    internal byte[]? PendingStructure { get; set; }

    internal void Rename(string name) => Spec.Name = name;

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        CheckValue(value.Length);
        return Element(BpfCommand.MapLookupElem, key, value, flags);
    }

    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        CheckValue(value.Length);
        return Element(BpfCommand.MapUpdateElem, key, value, flags);
    }

    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key) => Element(BpfCommand.MapDeleteElem, key, default, 0);

    /// <inheritdoc/>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        CheckValue(value.Length);
        return Element(BpfCommand.MapLookupAndDeleteElem, key, value, flags);
    }

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> following)
    {
        if (following.Length < Spec.KeySize)
        {
            throw new ArgumentException($"a key of '{Name}' has {Spec.KeySize} bytes", nameof(following));
        }

        return Element(BpfCommand.MapGetNextKey, key, following, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeInner();
        UnmapArena();
        _handle.Dispose();
    }

    private int Element(BpfCommand command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (key.Length != Spec.KeySize && !(key.IsEmpty && command == BpfCommand.MapGetNextKey))
        {
            throw new ArgumentException($"a key of '{Name}' has {Spec.KeySize} bytes, not {key.Length}", nameof(key));
        }

        fixed (byte* keyPointer = key)
        fixed (byte* valuePointer = value)
        {
            MapElementAttr attr = new()
            {
                MapFd = (uint)_handle.Fd,
                Key = (ulong)keyPointer,
                Value = (ulong)valuePointer,
                Flags = flags,
            };
            return BpfSyscall.Call(command, ref attr);
        }
    }

    private void CheckValue(int length)
    {
        if (length < ValueBytes)
        {
            throw new ArgumentException($"a value of '{Name}' has {ValueBytes} bytes, not {length}", nameof(length));
        }
    }
}
