using System.Globalization;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>Small objects in assembler. Each has an array <c>hits</c> of one counter.</summary>
internal static class TestPrograms
{
    /// <summary>An object whose only program counts its runs in hits[0] and returns a value.</summary>
    internal static BpfObject Counting(ProgramType type, int verdict = 0, AttachType? hook = null, string? target = null, ProgramFlags flags = 0) =>
        Of(type, string.Create(CultureInfo.InvariantCulture, $"""
            r1 = map[hits][0]+0
            r2 = 1
            lock *(u64 *)(r1 +0) += r2
            r0 = {verdict}
            exit
            """), hook, target, flags);

    /// <summary>An object whose only program counts what this process does, and nobody else.</summary>
    internal static BpfObject CountingOwn(
        ProgramType type, AttachType? hook = null, string? target = null, string extra = "", ProgramFlags flags = 0, int verdict = 0) =>
        Of(type, string.Create(CultureInfo.InvariantCulture, $"""
            r6 = r1
            call 14
            r0 >>= 32
            if r0 != {Environment.ProcessId} goto out
            {extra}
            r1 = map[hits][0]+0
            r2 = 1
            lock *(u64 *)(r1 +0) += r2
            out:
            r0 = {verdict}
            exit
            """), hook, target, flags);

    /// <summary>An object with a program <c>probe</c>.</summary>
    internal static BpfObject Of(ProgramType type, string text, AttachType? hook = null, string? target = null, ProgramFlags flags = 0) =>
        new BpfObject { License = "GPL", Name = "test" }.WithHits().With("probe", type, text, hook, target, flags);

    internal static BpfObject WithHits(this BpfObject source)
    {
        source.Maps.Add(new MapSpec { Name = "hits", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        return source;
    }

    internal static BpfObject With(this BpfObject source, MapSpec map)
    {
        source.Maps.Add(map);
        return source;
    }

    internal static BpfObject With(
        this BpfObject source, string name, ProgramType type, string text, AttachType? hook = null, string? target = null, ProgramFlags flags = 0)
    {
        source.Programs.Add(new ProgramSpec
        {
            Name = name,
            Type = type,
            AttachType = hook,
            AttachTarget = target,
            Flags = flags,
            Instructions = Assembler.Assemble(text, new AssemblerOptions
            {
                MapIndex = map => source.Maps.ToList().FindIndex(m => m.Name == map),
                ExternIndex = name => source.Externs.ToList().FindIndex(e => e.Name == name),
            }),
        });
        return source;
    }
}
