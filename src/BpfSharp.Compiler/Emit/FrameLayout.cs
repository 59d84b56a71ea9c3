namespace BpfSharp.Compiler.Emit;

/// <summary>Gives places on the stack their offsets from r10; places that never hold something at once share bytes.</summary>
internal static class FrameLayout
{
    // Beyond it a table of pairs is no longer cheap, and nothing that uses so much fits anyway.
    private const int MostPlaces = 1024;

    /// <returns>Bytes of stack used.</returns>
    public static int Assign(MachineFunction function)
    {
        HashSet<StackPlace> used = [.. function.Blocks.SelectMany(b => b.Insts).Select(i => i.Place).OfType<StackPlace>()];
        List<StackPlace> places = [.. function.Places.Where(used.Contains)];
        int depth = 0;
        if (places.Count > 1)
        {
            depth = places.Count <= MostPlaces
                ? Share(places, StackSharing.Conflicts(function, places))
                : places.OrderByDescending(p => p.Alignment).Aggregate(0, Below);
        }
        else if (places.Count == 1)
        {
            depth = Below(0, places[0]);
        }

        foreach (MachineInst inst in function.Blocks.SelectMany(b => b.Insts))
        {
            if (inst.Place is not { } place)
            {
                continue;
            }

            if (inst.Op == Isa.Op.Add64Imm)
            {
                inst.Imm += place.Offset;
            }
            else
            {
                inst.Offset += place.Offset;
            }

            inst.Place = null;
        }

        return (depth + 7) / 8 * 8;
    }

    private static int Below(int depth, StackPlace place)
    {
        int end = RoundUp(depth + place.Size, place.Alignment);
        place.Offset = -end;
        return end;
    }

    private static int RoundUp(int bytes, int alignment) => (bytes + alignment - 1) / alignment * alignment;

    // Widest alignment and largest first: small ones go in the gaps and over what is dead.
    private static int Share(List<StackPlace> places, ulong[][] conflicts)
    {
        int depth = 0;
        List<int> placed = [];
        foreach (int index in Enumerable.Range(0, places.Count)
            .OrderByDescending(i => places[i].Alignment).ThenByDescending(i => places[i].Size).ThenBy(i => i))
        {
            StackPlace place = places[index];
            List<StackPlace> taken = [];
            foreach (int other in placed)
            {
                if (StackSharing.Has(conflicts[index], other))
                {
                    taken.Add(places[other]);
                }
            }

            // From the top of the frame downwards, behind whatever is in the way.
            taken.Sort((a, b) => b.Offset.CompareTo(a.Offset));
            int end = RoundUp(place.Size, place.Alignment);
            bool moved = true;
            while (moved)
            {
                moved = false;
                foreach (StackPlace other in taken)
                {
                    if (-end < other.Offset + other.Size && other.Offset < -end + place.Size)
                    {
                        end = RoundUp(-other.Offset + place.Size, place.Alignment);
                        moved = true;
                    }
                }
            }

            place.Offset = -end;
            depth = Math.Max(depth, end);
            placed.Add(index);
        }

        return depth;
    }
}
