using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BpfSharp.Btf;
using BpfSharp.Objects;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Verdicts by what was judged, so that loading the same program again costs no analysis.</summary>
internal static class VerdictCache
{
    private const int MaxEntries = 1024;

    private static readonly ConditionalWeakTable<BtfFile, object> s_typeSets = [];
    private static long s_lastTypeSet;

    private static readonly ConcurrentDictionary<UInt128, VerificationResult> s_verdicts = [];

    /// <summary>The verdict on a program, by the rules of the in-process host.</summary>
    public static VerificationResult Verify(BpfObject source, ProgramSpec spec)
    {
        UInt128 key = Key(source, spec);
        if (s_verdicts.TryGetValue(key, out VerificationResult? known))
        {
            return known;
        }

        VerificationResult result = ProgramVerifier.Verify(source, spec, new VerifierOptions { Mode = VerifierMode.InProcess });
        if (s_verdicts.Count >= MaxEntries)
        {
            s_verdicts.Clear();
        }

        s_verdicts[key] = result;
        return result;
    }

    // All the verifier looks at: instructions, type, hook, the maps' shapes, read-only data, externs; types through their ids.
    private static UInt128 Key(BpfObject source, ProgramSpec spec)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(spec.Instructions.AsSpan()));
        Add(hash, (long)spec.Type, (long)(spec.AttachType ?? 0), (long)spec.Flags, spec.CoreRelocations.Length);
        Add(hash, spec.Name);
        Add(hash, spec.AttachTarget ?? "");
        Add(hash, source.License);
        foreach (Subprogram subprogram in spec.Subprograms)
        {
            Add(hash, subprogram.StartSlot, subprogram.BtfTypeId, subprogram.IsGlobal ? 1 : 0);
        }

        foreach (CoreRelocation relocation in spec.CoreRelocations)
        {
            Add(hash, relocation.Slot, relocation.TypeId, (long)relocation.Kind);
            Add(hash, relocation.AccessPath);
        }

        foreach (MapSpec map in source.Maps)
        {
            for (MapSpec? shape = map; shape is not null; shape = shape.InnerMap)
            {
                Add(hash, (long)shape.Type, shape.KeySize, shape.ValueSize, shape.MaxEntries, (long)shape.Flags, shape.ValueTypeId);
            }

            Add(hash, map.Name);
            if (map.Role is MapRole.ReadOnlyData or MapRole.Kconfig)
            {
                hash.AppendData(map.InitialData);
            }
        }

        foreach (ExternSpec symbol in source.Externs)
        {
            Add(hash, symbol.Name);
            Add(hash, (long)symbol.Kind, symbol.BtfTypeId, symbol.IsWeak ? 1 : 0);
        }

        // Ids mean nothing without their types: objects with types are told apart by the type set itself.
        Add(hash, source.Btf is null ? 0 : (long)s_typeSets.GetValue(source.Btf, _ => Interlocked.Increment(ref s_lastTypeSet)));
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, params ReadOnlySpan<long> numbers) => hash.AppendData(MemoryMarshal.AsBytes(numbers));

    private static void Add(IncrementalHash hash, string text)
    {
        Add(hash, text.Length);
        hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
    }
}
