using BpfSharp.Btf;

namespace BpfSharp.CoRe;

/// <summary>Finds the target's types that a type of the object may mean: the same name without flavour, the same kind.</summary>
internal sealed class CandidateFinder(BtfFile local, BtfFile target, Func<IEnumerable<BtfFile>> modules)
{
    private BtfFile[]? _modules;
    private readonly Dictionary<int, List<(BtfFile File, int Id)>> _known = [];

    /// <summary>Candidates of the first target; of the others (modules), if that has none.</summary>
    internal List<(BtfFile File, int Id)> Find(int localId)
    {
        if (_known.TryGetValue(localId, out List<(BtfFile File, int Id)>? candidates))
        {
            return candidates;
        }

        candidates = [];
        if (ReferenceEquals(target, local))
        {
            // The object is its own target: a type is itself, and its flavours are not meant.
            candidates.Add((local, localId));
        }
        else
        {
            BtfType type = local[localId];
            ReadOnlySpan<byte> name = BtfFile.EssentialName(type.NameBytes);
            AddFrom(target.Base, type, name, candidates);
            AddFrom(target, type, name, candidates);
            if (candidates.Count == 0)
            {
                _modules ??= [.. modules()];
                foreach (BtfFile module in _modules)
                {
                    AddFrom(module, type, name, candidates);
                }
            }
        }

        _known.Add(localId, candidates);
        return candidates;
    }

    private static void AddFrom(BtfFile? target, BtfType type, ReadOnlySpan<byte> name, List<(BtfFile, int)> candidates)
    {
        if (target is null)
        {
            return;
        }

        BtfFile.NameIndex names = target.Names();
        for (int id = names.First(name); id != 0; id = names.Next(id))
        {
            BtfType candidate = target[id];
            if (TypeComparer.KindsAgree(candidate, type) && BtfFile.EssentialName(candidate.NameBytes).SequenceEqual(name))
            {
                candidates.Add((target, id));
            }
        }
    }
}
