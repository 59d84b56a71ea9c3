using System.Runtime.Versioning;
using BpfSharp.Hosting;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>One load of one object. Disposed before it succeeded, it takes everything back.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ObjectLoading(KernelHost host, BpfObject source, LoadOptions options) : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly KernelMap?[] _maps = new KernelMap?[source.Maps.Count];
    private readonly KernelLoadOptions _kernelOptions = options as KernelLoadOptions ?? new KernelLoadOptions();

    internal KernelObject Load()
    {
        Dictionary<string, LoadedMap> maps = [];
        for (int i = 0; i < source.Maps.Count; i++)
        {
            if (source.Maps[i].AutoCreate)
            {
                _maps[i] = MakeMap(source.Maps[i]);
                maps[source.Maps[i].Name] = _maps[i]!;
            }
        }

        Dictionary<string, LoadedProgram> programs = [];
        foreach (ProgramSpec program in source.Programs)
        {
            if (program.AutoLoad)
            {
                programs[program.Name] = LoadProgram(program);
            }
        }

        KernelObject result = new(host, programs, maps, [.. _owned]);
        _owned.Clear();
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
    }

    private KernelMap MakeMap(MapSpec spec)
    {
        if (options.ExistingMaps.TryGetValue(spec.Name, out LoadedMap? existing))
        {
            return existing as KernelMap ?? throw new ArgumentException(
                $"the existing map '{spec.Name}' does not live in the kernel", nameof(spec));
        }

        MapSpec complete = MapCreation.Complete(spec);
        KernelMap map = MapCreation.Create(complete);
        _owned.Add(map);
        if (complete.InitialData.Length > 0)
        {
            int result = map.Update(new byte[complete.KeySize], complete.InitialData);
            if (result < 0)
            {
                throw KernelException.Refused("BPF5003", $"map '{spec.Name}'", "BPF_MAP_UPDATE_ELEM", -result, "first contents");
            }
        }

        if (complete.Role is MapRole.ReadOnlyData or MapRole.Kconfig)
        {
            int result = map.Freeze();
            if (result < 0)
            {
                throw KernelException.Refused("BPF5003", $"map '{spec.Name}'", "BPF_MAP_FREEZE", -result);
            }
        }

        return map;
    }

    private KernelProgram LoadProgram(ProgramSpec spec)
    {
        ProgramImage image = new()
        {
            Name = spec.Name,
            Type = spec.Type,
            AttachType = spec.AttachType,
            Flags = spec.Flags,
            License = source.License,
            KernelVersion = source.KernelVersion,
            Instructions = InstructionPatching.Patch(spec.Instructions.AsSpan(), index => MapFd(spec, index)),
        };
        ProgramLoading.Outcome outcome = ProgramLoading.Load(image, _kernelOptions.LogLevel);
        if (outcome.Handle is null)
        {
            throw Rejection.Of(spec, outcome);
        }

        KernelProgram program = KernelProgram.Of(outcome.Handle, spec, outcome.Log);
        _owned.Add(program);
        return program;
    }

    private int MapFd(ProgramSpec program, int index) =>
        (uint)index < (uint)_maps.Length && _maps[index] is { } map
            ? map.FileDescriptor
            : throw KernelException.Missing("BPF5004", $"program '{program.Name}'",
                (uint)index < (uint)_maps.Length
                    ? $"it uses map '{source.Maps[index].Name}', whose AutoCreate is off"
                    : $"it uses map number {index} of {_maps.Length}",
                "create the map, give an existing one, or turn the program's AutoLoad off");
}
