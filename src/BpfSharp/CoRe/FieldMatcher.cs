using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>Walks an object's access in a candidate of the target, by names.</summary>
internal sealed class FieldMatcher(AccessPath local, BtfFile target, int candidate, CoreRelocation relocation)
{
    private readonly TypeComparer _comparer = new(local.Btf, target);
    private int _budget = 1_000_000;

    /// <summary>The access in the candidate, or <see langword="null"/> if it has nothing of the kind.</summary>
    internal AccessPath? Match()
    {
        AccessPath path = new(target, candidate);
        if (CoreRelocationKinds.IsTypeBased(relocation.Kind))
        {
            bool matches = relocation.Kind == CoreRelocationKind.TypeMatches
                ? _comparer.TypesMatch(local.RootTypeId, candidate) : _comparer.TypesAgree(local.RootTypeId, candidate);
            return matches ? path : null;
        }

        return CoreRelocationKinds.IsEnumBased(relocation.Kind) ? MatchEnumerator(path) : MatchField(path);
    }

    private AccessPath? MatchEnumerator(AccessPath path)
    {
        BtfType type = target.SkipModifiers(candidate);
        ReadOnlySpan<byte> name = BtfFile.EssentialName(local.NameOf(local.Steps[0]));
        for (int i = 0; i < type.Enumerators.Count; i++)
        {
            if (BtfFile.EssentialName(type.Enumerators[i].NameBytes).SequenceEqual(name))
            {
                path.Steps.Add(new(type.Id, i, IsNamed: true));
                return path;
            }
        }

        return null;
    }

    private AccessPath? MatchField(AccessPath path)
    {
        int typeId = candidate;
        for (int i = 0; i < local.Steps.Count; i++)
        {
            AccessStep step = local.Steps[i];
            if (step.IsNamed)
            {
                if (MatchMember(step, typeId, path, 0, out typeId) != true)
                {
                    return null;
                }

                continue;
            }

            // The first step indexes the root itself.
            BtfType type = target.SkipModifiers(typeId);
            if (i > 0)
            {
                if (type.Kind != BtfKind.Array || (step.Index >= type.ElementCount && !path.EndsInFlexibleArray(type)))
                {
                    return null;
                }

                type = target.SkipModifiers(type.TypeId);
            }

            typeId = type.Id;
            path.Steps.Add(step with { TypeId = typeId });
            if (!target.TrySizeOf(typeId, out int size))
            {
                return step.Index == 0 && i == 0
                    ? throw CoreRefusal.Malformed(relocation, $"the target's {type} has no size") : null;
            }

            path.BitOffset += 8L * step.Index * size;
        }

        return path;
    }

    /// <summary>Finds the named member, also inside anonymous members; the kinds of the two must agree.</summary>
    /// <returns><see langword="null"/> if there is none of the name, else whether it agrees.</returns>
    private bool? MatchMember(AccessStep step, int typeId, AccessPath path, int depth, out int found)
    {
        found = 0;
        BtfType type = target.SkipModifiers(typeId);
        if (depth > AccessPath.MaxSteps)
        {
            throw CoreRefusal.Malformed(relocation, $"anonymous members of the target's type {candidate} are nested too deep");
        }

        if (!type.IsComposite)
        {
            return null;
        }

        BtfMember wanted = local.Btf[step.TypeId].Members[step.Index];
        ReadOnlySpan<byte> name = wanted.NameBytes;
        for (int i = 0; i < type.Count; i++)
        {
            if (--_budget < 0)
            {
                throw CoreRefusal.Malformed(relocation, $"the target's type {candidate} has too many members");
            }

            BtfMember member = type.Members[i];
            if (member.NameBytes.IsEmpty)
            {
                path.BitOffset += member.BitOffset;
                bool? inside = MatchMember(step, member.TypeId, path, depth + 1, out found);
                if (inside is not null)
                {
                    return inside;
                }

                path.BitOffset -= member.BitOffset;
            }
            else if (member.NameBytes.SequenceEqual(name))
            {
                path.BitOffset += member.BitOffset;
                path.Steps.Add(new(type.Id, i, IsNamed: true));
                found = member.TypeId;
                return _comparer.FieldsAgree(wanted.TypeId, member.TypeId);
            }
        }

        return null;
    }
}
