using System.Runtime.CompilerServices;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Runtime.Maps;

/// <summary>The program array: slots that tail calls jump to. Reading is one array read.</summary>
internal sealed unsafe class ProgramArrayMap(MapSpec spec) : RuntimeMap(spec)
{
    private readonly RuntimeProgram?[] _programs = new RuntimeProgram?[spec.MaxEntries];
    private readonly Lock _writers = new();
    private ProgramType _type;

    /// <inheritdoc/>
    public override RuntimeProgram? ProgramAt(uint index)
    {
        RuntimeProgram?[] programs = _programs;
        return index < (uint)programs.Length ? Volatile.Read(ref programs[index]) : null;
    }

    /// <inheritdoc/>
    /// <remarks>The first program decides the type of all, as in the kernel.</remarks>
    public override bool SetProgram(uint index, RuntimeProgram program)
    {
        lock (_writers)
        {
            if (index >= (uint)_programs.Length || (_type != ProgramType.Unspecified && _type != program.Type))
            {
                return false;
            }

            _type = program.Type;
            Volatile.Write(ref _programs[index], program);
            return true;
        }
    }

    /// <inheritdoc/>
    public override int SetProgram(uint index, LoadedProgram program)
    {
        if (index >= (uint)_programs.Length)
        {
            return -Errno.E2Big;
        }

        return program is InProcessProgram mine && SetProgram(index, mine.Code) ? 0 : -Errno.Einval;
    }

    /// <inheritdoc/>
    public override byte* LookupElement(byte* key, int cpu) => null;

    /// <inheritdoc/>
    public override long UpdateElement(byte* key, byte* value, ulong flags, int cpu) => -Errno.Einval;

    /// <inheritdoc/>
    public override long DeleteElement(byte* key)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= (uint)_programs.Length)
        {
            return -Errno.E2Big;
        }

        return Interlocked.Exchange(ref _programs[index], null) is null ? -Errno.Enoent : 0;
    }

    /// <inheritdoc/>
    public override bool Owns(byte* address, nuint bytes) => false;

    /// <inheritdoc/>
    protected override int ReadValue(byte* key, byte* value, ulong flags, int cpu)
    {
        // The kernel gives the program's id; here the slot's number plus one says that it is filled.
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (ProgramAt(index) is null)
        {
            return -Errno.Enoent;
        }

        *(uint*)value = index + 1;
        return 0;
    }

    /// <inheritdoc/>
    protected override int FollowingKey(byte* key, byte* following) => ArrayWalk.Following(Spec.MaxEntries, key, following);

    /// <inheritdoc/>
    protected override void Free() => Array.Clear(_programs);
}
