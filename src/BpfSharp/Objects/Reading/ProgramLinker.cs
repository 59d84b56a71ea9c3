using BpfSharp.Btf;
using BpfSharp.Isa;

namespace BpfSharp.Objects.Reading;

/// <summary>Puts a function and all functions it reaches into one program, in the order the field's loaders use.</summary>
internal sealed class ProgramLinker(BtfFile? btf, CodeReader code)
{
    // The kernel takes a million instructions; an object may not ask for more memory than this for all its programs.
    private const int MaxSlots = 1_000_000;
    private const long MaxTotalSlots = 16_000_000;

    private const string ExceptionTag = "exception_callback:";

    private long _total;
    private Dictionary<int, string>? _exceptionCallbacks;

    internal ProgramSpec Link(CodeFunction entry)
    {
        List<Instruction> slots = [];
        List<CodeFunction> order = [];
        Dictionary<CodeFunction, int> starts = new(ReferenceEqualityComparer.Instance);
        Append(entry);
        if (ExceptionCallback(entry) is { } callback && !starts.ContainsKey(callback))
        {
            Append(callback);
        }

        return new ProgramSpec
        {
            Name = entry.Name,
            Section = entry.Section.Name,
            Instructions = [.. slots],
            Subprograms = [.. order.Select(f => new Subprogram(f.Name, starts[f], f.BtfTypeId, ReferenceEquals(f, entry) || (f.IsGlobal && !f.IsHidden)))],
            Lines = order.Count == 1
                ? [.. entry.Lines]
                : [.. order.SelectMany(f => starts[f] == 0 ? f.Lines : f.Lines.Select(l => l with { Slot = l.Slot + starts[f] }))],
            CoreRelocations = order.Count == 1
                ? [.. entry.CoreRelocations]
                : [.. order.SelectMany(f => f.CoreRelocations.Select(r => r with { Slot = r.Slot + starts[f] }))],
        };

        // A callee stands after everything found before it; its own callees follow it. No recursion: files choose the depth.
        void Append(CodeFunction function)
        {
            Stack<(CodeFunction Function, IEnumerator<KeyValuePair<int, CodeFunction>> Calls)> open = new();
            Open(function);
            while (open.TryPeek(out (CodeFunction Function, IEnumerator<KeyValuePair<int, CodeFunction>> Calls) top))
            {
                if (!top.Calls.MoveNext())
                {
                    open.Pop();
                    continue;
                }

                (int slot, CodeFunction target) = top.Calls.Current;
                if (!starts.ContainsKey(target))
                {
                    Open(target);
                }

                int at = starts[top.Function] + slot;
                slots[at] = slots[at].WithImm(starts[target] - at - 1);
            }

            void Open(CodeFunction opened)
            {
                _total += opened.Code.Length;
                if (slots.Count + opened.Code.Length > MaxSlots || _total > MaxTotalSlots)
                {
                    throw Refusal.Code(
                        $"program '{entry.Name}'",
                        $"with its subprograms it has more than {MaxSlots} instructions (or all programs {MaxTotalSlots})",
                        "make it smaller; the kernel takes a million instructions");
                }

                starts.Add(opened, slots.Count);
                order.Add(opened);
                slots.AddRange(opened.Code);
                open.Push((opened, opened.Targets.OrderBy(t => t.Key).GetEnumerator()));
            }
        }
    }

    /// <summary>The function that a program's tag names to be run when it throws.</summary>
    private CodeFunction? ExceptionCallback(CodeFunction entry)
    {
        if (btf is null || entry.BtfTypeId == 0)
        {
            return null;
        }

        if (_exceptionCallbacks is null)
        {
            _exceptionCallbacks = [];
            for (int id = 1; id < btf.Count; id++)
            {
                if (btf[id] is { Kind: BtfKind.DeclarationTag } tag
                    && tag.Name.StartsWith(ExceptionTag, StringComparison.Ordinal))
                {
                    // Two of them are the kernel's to refuse.
                    string callback = tag.Name[ExceptionTag.Length..];
                    _exceptionCallbacks[tag.TypeId] = _exceptionCallbacks.ContainsKey(tag.TypeId) ? "" : callback;
                }
            }
        }

        return _exceptionCallbacks.TryGetValue(entry.BtfTypeId, out string? name) && name.Length > 0
            ? code.Functions.FirstOrDefault(f => f.Name == name && f.IsGlobal)
                ?? throw Refusal.Code($"program '{entry.Name}'", $"its exception callback '{name}' is not in the object", "define it")
            : null;
    }
}
