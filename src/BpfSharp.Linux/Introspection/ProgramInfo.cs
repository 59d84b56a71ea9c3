using System.Collections.Immutable;
using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Linux.Interop;

namespace BpfSharp.Linux.Introspection;

/// <summary>The kernel's description of a program.</summary>
[SupportedOSPlatform("linux")]
public sealed record ProgramInfo
{
    /// <summary>Its id, unique while the system runs.</summary>
    public required uint Id { get; init; }

    /// <summary>Its name, at most 15 characters; the whole one when types tell it.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of program.</summary>
    public required ProgramType Type { get; init; }

    /// <summary>Hash of its instructions, 16 hexadecimal digits.</summary>
    public required string Tag { get; init; }

    /// <summary>When it was loaded.</summary>
    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>User who loaded it.</summary>
    public required uint UserId { get; init; }

    /// <summary>Whether its licence is GPL-compatible.</summary>
    public required bool IsGplCompatible { get; init; }

    /// <summary>Bytes of its instructions after the verifier; 0 if the kernel hides them.</summary>
    public required int TranslatedBytes { get; init; }

    /// <summary>Bytes of its machine code; 0 if it is interpreted or hidden.</summary>
    public required int MachineBytes { get; init; }

    /// <summary>Ids of the maps it uses.</summary>
    public required ImmutableArray<uint> MapIds { get; init; }

    /// <summary>Id of its types; 0 for none.</summary>
    public required uint TypesId { get; init; }

    /// <summary>Instructions the verifier looked at; 0 before Linux 5.16.</summary>
    public required uint VerifiedInstructions { get; init; }

    /// <summary>Time spent in it, while statistics were on.</summary>
    public required TimeSpan RunTime { get; init; }

    /// <summary>How often it ran, while statistics were on.</summary>
    public required ulong RunCount { get; init; }

    /// <summary>Runs that were left out because it was running already on that CPU.</summary>
    public required ulong RecursionMisses { get; init; }

    /// <summary>Function or type it was loaded for, in the types of <see cref="TargetTypesId"/>; 0 for none.</summary>
    public required uint TargetTypeId { get; init; }

    /// <summary>Id of those types; 0 for none.</summary>
    public required uint TargetTypesId { get; init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    internal static unsafe ProgramInfo Read(BpfHandle program)
    {
        RawProgInfo raw = default;
        int result = BpfSyscall.Info(program.Fd, ref raw);
        uint[] maps = new uint[raw.NrMapIds];
        if (result >= 0 && maps.Length > 0)
        {
            fixed (uint* ids = maps)
            {
                raw = new RawProgInfo { NrMapIds = (uint)maps.Length, MapIds = (ulong)ids };
                result = BpfSyscall.Info(program.Fd, ref raw);
            }
        }

        if (result < 0)
        {
            throw KernelException.Refused("BPF5025", "program", "BPF_OBJ_GET_INFO_BY_FD", -result);
        }

        return new ProgramInfo
        {
            Id = raw.Id,
            Name = raw.Name.ToString(),
            Type = (ProgramType)raw.Type,
            Tag = Convert.ToHexStringLower(new ReadOnlySpan<byte>(&raw.Tag, 8)),
            LoadedAt = BootTime.Start + TimeSpan.FromMicroseconds(raw.LoadTime / 1000.0),
            UserId = raw.CreatedByUid,
            IsGplCompatible = (raw.GplCompatible & 1) != 0,
            TranslatedBytes = (int)raw.XlatedProgLen,
            MachineBytes = (int)raw.JitedProgLen,
            MapIds = [.. maps],
            TypesId = raw.BtfId,
            VerifiedInstructions = raw.VerifiedInsns,
            RunTime = TimeSpan.FromMicroseconds(raw.RunTimeNs / 1000.0),
            RunCount = raw.RunCnt,
            RecursionMisses = raw.RecursionMisses,
            TargetTypeId = raw.AttachBtfId,
            TargetTypesId = raw.AttachBtfObjId,
        };
    }
}
