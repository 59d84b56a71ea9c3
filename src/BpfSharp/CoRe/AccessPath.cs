using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>One step of an access: into a member (by name, when matched) or an array element (by index).</summary>
/// <param name="TypeId">The structure, or the element type.</param>
/// <param name="Index">Index of member, element or enumerator.</param>
/// <param name="IsNamed">Whether the step is a member with a name.</param>
internal readonly record struct AccessStep(int TypeId, int Index, bool IsNamed);

/// <summary>An access inside a type of one set: what a relocation names, resolved to steps and a place.</summary>
internal sealed class AccessPath(BtfFile btf, int rootTypeId)
{
    /// <summary>More steps than any source needs; a limit for hostile ones.</summary>
    internal const int MaxSteps = 64;

    internal BtfFile Btf { get; } = btf;

    internal int RootTypeId { get; } = rootTypeId;

    internal List<AccessStep> Steps { get; } = [];

    /// <summary>Bits from the start of the root.</summary>
    internal long BitOffset { get; set; }

    internal AccessStep Last => Steps[^1];

    /// <summary>Reads a relocation's access string against the object's own types.</summary>
    internal static AccessPath Parse(BtfFile btf, CoreRelocation relocation)
    {
        AccessPath path = new(btf, relocation.TypeId);
        if (CoreRelocationKinds.IsTypeBased(relocation.Kind))
        {
            return relocation.AccessPath == "0" ? path : throw Bad(relocation, "a type has no members to walk");
        }

        int[] indexes = Indexes(relocation);
        BtfType type = btf.SkipModifiers(relocation.TypeId);
        if (CoreRelocationKinds.IsEnumBased(relocation.Kind))
        {
            if (!type.IsEnum || indexes.Length != 1 || indexes[0] >= type.Count)
            {
                throw Bad(relocation, $"{type} has no such enumerator");
            }

            path.Steps.Add(new(type.Id, indexes[0], IsNamed: true));
            return path;
        }

        path.Steps.Add(new(type.Id, indexes[0], IsNamed: false));
        path.BitOffset = 8L * indexes[0] * Size(btf, type.Id, relocation);
        for (int i = 1; i < indexes.Length; i++)
        {
            if (type.IsComposite)
            {
                if (indexes[i] >= type.Count)
                {
                    throw Bad(relocation, $"{type} has {type.Count} members, step {i} asks for {indexes[i]}");
                }

                BtfMember member = type.Members[indexes[i]];
                path.BitOffset += member.BitOffset;
                if (!member.NameBytes.IsEmpty)
                {
                    path.Steps.Add(new(type.Id, indexes[i], IsNamed: true));
                }

                type = btf.SkipModifiers(member.TypeId);
            }
            else if (type.Kind == BtfKind.Array)
            {
                if (indexes[i] >= type.ElementCount && !path.EndsInFlexibleArray(type))
                {
                    throw Bad(relocation, $"an array of {type.ElementCount} elements is indexed by {indexes[i]}");
                }

                type = btf.SkipModifiers(type.TypeId);
                path.Steps.Add(new(type.Id, indexes[i], IsNamed: false));
                path.BitOffset += 8L * indexes[i] * Size(btf, type.Id, relocation);
            }
            else
            {
                throw Bad(relocation, $"step {i} goes into {type}");
            }
        }

        return path;
    }

    /// <summary>Whether the last step is a trailing array without length, which any index may follow.</summary>
    internal bool EndsInFlexibleArray(BtfType array) =>
        array.ElementCount == 0 && Last.IsNamed && Last.Index == Btf[Last.TypeId].Count - 1;

    /// <summary>Name of the member or enumerator of a step.</summary>
    internal ReadOnlySpan<byte> NameOf(AccessStep step)
    {
        BtfType type = Btf[step.TypeId];
        return type.IsEnum ? type.Enumerators[step.Index].NameBytes : type.Members[step.Index].NameBytes;
    }

    private static int Size(BtfFile btf, int id, CoreRelocation relocation) => btf.TrySizeOf(id, out int size)
        ? size : throw Bad(relocation, $"the size of {btf[id]} is unknown");

    private static int[] Indexes(CoreRelocation relocation)
    {
        string[] parts = relocation.AccessPath.Split(':', MaxSteps + 1);
        if (parts.Length > MaxSteps)
        {
            throw Bad(relocation, $"more than {MaxSteps} steps");
        }

        int[] indexes = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], System.Globalization.NumberStyles.None, null, out indexes[i]))
            {
                throw Bad(relocation, $"step {i} is no number");
            }
        }

        return indexes;
    }

    private static Diagnostics.ObjectFormatException Bad(CoreRelocation relocation, string what) =>
        CoreRefusal.Malformed(relocation, $"its access '{Shorten(relocation.AccessPath)}' is wrong: {what}");

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
