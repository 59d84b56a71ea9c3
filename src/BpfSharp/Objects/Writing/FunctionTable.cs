using BpfSharp.Isa;

namespace BpfSharp.Objects.Writing;

/// <summary>A function to write: a slice of a linked program.</summary>
internal sealed record WrittenFunction(ProgramSpec Program, int Index, string Name)
{
    internal Subprogram Subprogram => Program.Subprograms[Index];

    internal int Start => Subprogram.StartSlot;

    internal int End => Index + 1 < Program.Subprograms.Length
        ? Program.Subprograms[Index + 1].StartSlot : Program.Instructions.Length;

    internal bool IsEntry => Index == 0;

    /// <summary>Section index and slot, once placed.</summary>
    internal int Section { get; set; }

    internal int Place { get; set; }

    internal int Symbol { get; set; }
}

/// <summary>
/// Takes linked programs apart again: subprograms that several programs share are written once. Programs whose subprograms
/// differ under one name get copies of their own.
/// </summary>
internal sealed class FunctionTable
{
    private readonly Dictionary<(ProgramSpec, int), WrittenFunction> _bySubprogram = [];

    internal FunctionTable(IEnumerable<ProgramSpec> programs)
    {
        ProgramSpec[] all = [.. programs];
        Dictionary<string, (ProgramSpec Program, int Index)> first = [];
        HashSet<string> differing = [];
        foreach (ProgramSpec program in all)
        {
            for (int i = 1; i < program.Subprograms.Length; i++)
            {
                string name = program.Subprograms[i].Name;
                if (!first.TryAdd(name, (program, i)) && !AreEqual(first[name], (program, i)))
                {
                    differing.Add(name);
                }
            }
        }

        HashSet<string> taken = [.. all.Select(p => p.Name)];
        Dictionary<string, WrittenFunction> shared = [];
        for (int p = 0; p < all.Length; p++)
        {
            ProgramSpec program = all[p];
            Add(program, 0, program.Name);
            bool isPrivate = program.Subprograms.Skip(1).Any(s => differing.Contains(s.Name) || taken.Contains(s.Name));
            for (int i = 1; i < program.Subprograms.Length; i++)
            {
                string name = program.Subprograms[i].Name;
                if (isPrivate)
                {
                    Subprograms.Add(Add(program, i, $"{name}.{p}"));
                }
                else if (shared.TryGetValue(name, out WrittenFunction? known))
                {
                    _bySubprogram.Add((program, i), known);
                }
                else
                {
                    shared.Add(name, Add(program, i, name));
                    Subprograms.Add(shared[name]);
                }
            }
        }
    }

    /// <summary>Functions of <c>.text</c>, each once.</summary>
    internal List<WrittenFunction> Subprograms { get; } = [];

    internal WrittenFunction Entry(ProgramSpec program) => _bySubprogram[(program, 0)];

    /// <summary>The function that starts at a slot of a linked program, or <see langword="null"/>.</summary>
    internal WrittenFunction? StartingAt(ProgramSpec program, int slot)
    {
        for (int i = 0; i < program.Subprograms.Length; i++)
        {
            if (program.Subprograms[i].StartSlot == slot)
            {
                return _bySubprogram[(program, i)];
            }
        }

        return null;
    }

    private static bool AreEqual((ProgramSpec Program, int Index) a, (ProgramSpec Program, int Index) b)
    {
        WrittenFunction one = new(a.Program, a.Index, "");
        WrittenFunction other = new(b.Program, b.Index, "");
        if (one.End - one.Start != other.End - other.Start || one.Subprogram.IsGlobal != other.Subprogram.IsGlobal)
        {
            return false;
        }

        for (int i = 0; i < one.End - one.Start; i++)
        {
            Instruction x = a.Program.Instructions[one.Start + i];
            Instruction y = b.Program.Instructions[other.Start + i];
            if (x == y && x.Op is not (Op.CallLocal or Op.LoadFunction))
            {
                continue;
            }

            // Calls are relative to what was linked before: the names of the callees must agree.
            if (x.WithImm(0) != y.WithImm(0) || x.Op is not (Op.CallLocal or Op.LoadFunction)
                || CalleeName(a.Program, one.Start + i, x) != CalleeName(b.Program, other.Start + i, y))
            {
                return false;
            }
        }

        return Relocations(one).SequenceEqual(Relocations(other));
    }

    private static string? CalleeName(ProgramSpec program, int slot, Instruction call) =>
        program.Subprograms.FirstOrDefault(s => s.StartSlot == slot + 1 + call.Imm)?.Name;

    private static IEnumerable<CoreRelocation> Relocations(WrittenFunction function) => function.Program.CoreRelocations
        .Where(r => r.Slot >= function.Start && r.Slot < function.End).Select(r => r with { Slot = r.Slot - function.Start });

    private WrittenFunction Add(ProgramSpec program, int index, string name)
    {
        WrittenFunction function = new(program, index, name);
        _bySubprogram.Add((program, index), function);
        return function;
    }
}
