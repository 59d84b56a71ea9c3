using System.Buffers.Binary;
using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Linux.Types;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>One load of one object. Disposed before it succeeded, it takes everything back.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ObjectLoading : IDisposable
{
    private readonly KernelHost _host;
    private readonly BpfObject _source;
    private readonly LoadOptions _options;
    private readonly KernelLoadOptions _kernelOptions;
    private readonly KernelMap?[] _maps;
    private readonly List<IDisposable> _owned = [];
    private readonly List<string> _pinned = [];
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<string, StructOps> _structOps = [];
    private readonly Dictionary<string, LoadedProgram> _programs = [];
    private readonly Externs _externs;
    private readonly CoreRelocating _core;
    private readonly TypeUpload? _types;
    private BpfHandle? _typesHandle;
    private bool _done;

    internal ObjectLoading(KernelHost host, BpfObject source, LoadOptions options)
    {
        _host = host;
        _source = source;
        _options = options;
        _kernelOptions = options as KernelLoadOptions ?? new KernelLoadOptions();
        _maps = new KernelMap?[source.Maps.Count];
        _externs = new Externs(source);
        _core = new CoreRelocating(source, options.TargetBtf);
        _types = TypeSupport.OfThisKernel.Any ? TypeUpload.Prepare(source) : null;
    }

    internal KernelObject Load()
    {
        ProgramSpec[] wanted = [.. _source.Programs.Where(IsWanted)];
        // The lines' texts go into the types, so they come before the types go to the kernel.
        Dictionary<string, byte[]> lines = _types is null ? [] : wanted.ToDictionary(p => p.Name, p => ProgramRecords.Lines(p, _types));
        UploadTypes();
        Dictionary<string, LoadedMap> maps = MakeMaps();
        foreach (ProgramSpec program in wanted)
        {
            _programs[program.Name] = LoadProgram(program, lines.GetValueOrDefault(program.Name) ?? []);
        }

        FillSlots();
        FillStructOps();
        foreach (MapSpec map in _source.Maps.Where(m => m.AutoCreate && m.Pinning == 1))
        {
            PinByName(map, (KernelMap)maps[map.Name]);
        }

        foreach (LoadedProgram program in _programs.Values)
        {
            ((KernelProgram)program).Siblings = maps;
        }

        KernelObject result = new(_host, _programs, maps, [.. _owned], [.. _findings]);
        _owned.Clear();
        _done = true;
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
        _typesHandle?.Dispose();
        _externs.Dispose();
        foreach (StructOps structure in _structOps.Values)
        {
            structure.Dispose();
        }

        if (!_done)
        {
            // Pins made by a load that then failed.
            _pinned.ForEach(File.Delete);
        }
    }

    private void UploadTypes()
    {
        if (_types is null)
        {
            return;
        }

        try
        {
            _typesHandle = _types.Load(_source.Name);
        }
        catch (KernelException refusal) when (!_source.Maps.Any(NeedsTypes))
        {
            // Types are wanted for names and lines only: the object runs without, and says so.
            _findings.Add(refusal.Findings[0] with { Severity = Severity.Warning });
        }
    }

    /// <summary>Whether a program is loaded: as it says, but functions nobody calls are none, and operations go with their structure.</summary>
    private bool IsWanted(ProgramSpec program)
    {
        if (program.Type == ProgramType.StructOps)
        {
            return _source.Maps.Any(m => m.AutoCreate && m.StructOpsPrograms.Any(o => o.Program == program.Name));
        }

        if (program.AutoLoad && program.Type == ProgramType.Unspecified && program.Section == ".text")
        {
            _findings.Add(new Finding
            {
                Id = "BPF5001",
                Severity = Severity.Warning,
                Program = program.Name,
                Message = "a function of section .text is no program by itself; it is not loaded",
                Suggestion = "set ProgramSpec.Type before load to make it one",
            });
            return false;
        }

        return program.AutoLoad;
    }

    private static bool NeedsTypes(MapSpec map) => map.AutoCreate && map.Type is MapType.StructOps or MapType.SkStorage
        or MapType.InodeStorage or MapType.TaskStorage or MapType.CgroupLocalStorage;

    private Dictionary<string, LoadedMap> MakeMaps()
    {
        Dictionary<string, LoadedMap> maps = [];
        for (int i = 0; i < _source.Maps.Count; i++)
        {
            if (_source.Maps[i].AutoCreate)
            {
                _maps[i] = MakeMap(_source.Maps[i]);
                maps[_source.Maps[i].Name] = _maps[i]!;
            }
        }

        return maps;
    }

    private KernelMap MakeMap(MapSpec spec)
    {
        if (_options.ExistingMaps.TryGetValue(spec.Name, out LoadedMap? existing))
        {
            KernelMap given = existing as KernelMap
                ?? throw new ArgumentException($"the existing map '{spec.Name}' does not live in the kernel", nameof(spec));
            MapIdentity.CheckShape(given, MapCreation.Complete(spec), "the map given");
            return given;
        }

        if (spec.Pinning == 1 && MapIdentity.TryOpenPinned(PinPath(spec), spec) is { } pinned)
        {
            _owned.Add(pinned);
            return pinned;
        }

        KernelMap map = Create(spec);
        _owned.Add(map);
        if (spec.Type == MapType.Arena)
        {
            map.MapArena(spec.InitialData);
            return map;
        }

        if (spec.Role is not (MapRole.User or MapRole.StructOps) || (spec.InitialData.Length > 0 && spec.Type == MapType.Array))
        {
            WriteFirstContents(spec, map);
        }

        return map;
    }

    private KernelMap Create(MapSpec spec)
    {
        if (spec.Type == MapType.StructOps)
        {
            StructOps structure = StructOps.Fit(spec, _source);
            _structOps[spec.Name] = structure;
            return structure.CreateMap(_typesHandle!);
        }

        MapSpec complete = MapCreation.Complete(spec);
        if (!MapShape.IsMapOfMaps(spec.Type))
        {
            return MapCreation.Create(complete, _typesHandle);
        }

        // The kernel learns the shape of the inner maps from an example that goes at once.
        MapSpec shape = complete.InnerMap ?? throw KernelException.Missing("BPF5003", $"map '{spec.Name}'",
            "a map of maps needs the shape of its inner maps", "set MapSpec.InnerMap before load");
        using KernelMap example = MapCreation.Create(MapCreation.Complete(shape), _typesHandle);
        return MapCreation.Create(complete, _typesHandle, example.FileDescriptor);
    }

    private void WriteFirstContents(MapSpec spec, KernelMap map)
    {
        byte[] contents = spec.Role == MapRole.Kconfig ? KconfigValues.Fill(_source, map.Spec.ValueSize) : spec.InitialData;
        if (contents.Length == 0 || (spec.Role == MapRole.Bss && !contents.AsSpan().ContainsAnyExcept((byte)0)))
        {
            return;
        }

        int result = map.Update(new byte[map.Spec.KeySize], contents);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5003", $"map '{spec.Name}'", "BPF_MAP_UPDATE_ELEM", -result, "first contents");
        }

        if (spec.Role is MapRole.ReadOnlyData or MapRole.Kconfig)
        {
            result = map.Freeze();
            if (result is < 0 and not -Errno.Einval)
            {
                throw KernelException.Refused("BPF5003", $"map '{spec.Name}'", "BPF_MAP_FREEZE", -result);
            }
        }
    }

    private KernelProgram LoadProgram(ProgramSpec original, byte[] lines)
    {
        ProgramSpec spec = original;
        if (spec.Type == ProgramType.Unspecified)
        {
            throw KernelException.Missing("BPF5001", $"program '{spec.Name}'", $"section '{spec.Section}' names no program type",
                "set ProgramSpec.Type before load, or turn AutoLoad off");
        }

        AttachType? hook = spec.AttachType;
        (StructOps structure, StructOpsMember member)? operation = OperationOf(spec);
        using AttachTargets target = operation is null ? AttachTargets.Find(spec, _kernelOptions) : new AttachTargets(0, null);
        if (operation is { } op)
        {
            hook = (AttachType)op.structure.MemberIndex(op.member.Member);
        }

        ProgramSpec fitted = _core.Apply(spec);
        Instruction[] slots = [.. fitted.Instructions];
        _externs.Resolve(spec, slots);
        ProgramImage image = new()
        {
            Name = spec.Name,
            Type = spec.Type,
            AttachType = hook,
            Flags = spec.Flags,
            License = _source.License,
            KernelVersion = _source.KernelVersion != 0 ? _source.KernelVersion : (uint)KernelVersion.Current.Code,
            Instructions = InstructionPatching.Patch(slots, index => MapFd(spec, index)),
            Types = _typesHandle,
            FunctionRecords = _typesHandle is null ? [] : ProgramRecords.Functions(spec),
            LineRecords = lines,
            AttachTypeId = operation?.structure.TypeId ?? target.TypeId,
            AttachToFd = operation is { structure.Module: { } module } ? module.Fd : target.Owner?.Fd ?? 0,
            FdArray = _externs.FdArray,
            InterfaceIndex = spec.Flags.HasFlag(ProgramFlags.XdpDeviceBoundOnly) && _kernelOptions.Device is { } device
                ? NetworkInterfaces.Index(device, spec.Name) : 0,
        };
        ProgramLoading.Outcome outcome = ProgramLoading.Load(image, _kernelOptions.LogLevel);
        if (outcome.Handle is null)
        {
            throw Rejection.Of(spec, outcome, _core.Unresolved(fitted));
        }

        KernelProgram program = KernelProgram.Of(outcome.Handle, spec, outcome.Log);
        _owned.Add(program);
        return program;
    }

    private (StructOps, StructOpsMember)? OperationOf(ProgramSpec program)
    {
        if (program.Type != ProgramType.StructOps)
        {
            return null;
        }

        foreach (MapSpec map in _source.Maps)
        {
            foreach (StructOpsMember member in map.StructOpsPrograms)
            {
                if (member.Program == program.Name && _structOps.TryGetValue(map.Name, out StructOps? structure))
                {
                    return (structure, member);
                }
            }
        }

        throw KernelException.Missing("BPF5011", $"program '{program.Name}'", "no kernel operations structure of the object names it",
            "name it in a variable of section .struct_ops, or turn AutoLoad off");
    }

    private void FillSlots()
    {
        for (int i = 0; i < _source.Maps.Count; i++)
        {
            foreach (MapSlot slot in _source.Maps[i].InitialSlots)
            {
                if (_maps[i] is { } map)
                {
                    FillSlot(map, slot);
                }
            }
        }
    }

    private void FillSlot(KernelMap map, MapSlot slot)
    {
        byte[] key = new byte[map.Spec.KeySize];
        BinaryPrimitives.WriteUInt32LittleEndian(key, slot.Index);
        int fd;
        if (MapShape.IsMapOfMaps(map.Spec.Type))
        {
            int index = _source.Maps.ToList().FindIndex(m => m.Name == slot.Target);
            fd = index >= 0 && _maps[index] is { } inner ? inner.FileDescriptor : -1;
        }
        else if (_programs.TryGetValue(slot.Target, out LoadedProgram? program))
        {
            fd = ((KernelProgram)program).FileDescriptor;
        }
        else if (_source.Programs.Any(p => p.Name == slot.Target && !p.AutoLoad))
        {
            // A slot for a program that is not wanted stays empty.
            return;
        }
        else
        {
            fd = -1;
        }

        byte[] value = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, fd);
        int result = fd < 0 ? -Errno.Ebadf : map.Update(key, value);
        if (result < 0)
        {
            throw KernelException.Refused("BPF5003", $"map '{map.Name}'", "BPF_MAP_UPDATE_ELEM", -result, $"slot {slot.Index} = '{slot.Target}'");
        }
    }

    private void FillStructOps()
    {
        foreach ((string name, StructOps structure) in _structOps)
        {
            int index = _source.Maps.ToList().FindIndex(m => m.Name == name);
            _maps[index]!.PendingStructure = structure.BuildValue(program => _programs.TryGetValue(program, out LoadedProgram? p)
                ? ((KernelProgram)p).FileDescriptor
                : throw KernelException.Missing("BPF5011", $"map '{name}'", $"its program '{program}' is not loaded", "turn its AutoLoad on"));
        }
    }

    private void PinByName(MapSpec spec, KernelMap map)
    {
        string path = PinPath(spec);
        if (File.Exists(path))
        {
            return;
        }

        Pinning.Pin(map.Handle, $"map '{spec.Name}'", path);
        _pinned.Add(path);
    }

    private string PinPath(MapSpec spec) => spec.PinPath ?? Path.Combine(_kernelOptions.PinDirectory, spec.Name);

    private int MapFd(ProgramSpec program, int index) =>
        (uint)index < (uint)_maps.Length && _maps[index] is { } map
            ? map.FileDescriptor
            : throw KernelException.Missing("BPF5004", $"program '{program.Name}'",
                (uint)index < (uint)_maps.Length
                    ? $"it uses map '{_source.Maps[index].Name}', whose AutoCreate is off"
                    : $"it uses map number {index} of {_maps.Length}",
                "create the map, give an existing one, or turn the program's AutoLoad off");
}
