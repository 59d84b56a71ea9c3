using System.Collections.Immutable;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.CoRe;

/// <summary>Applies CO-RE relocations: makes a program fit the types of the kernel it is to run on.</summary>
/// <remarks>
/// Keeps what it found about the target's types, so use one for all programs of an object. Not for several threads at once.
/// A relocation that the target has no answer to makes its instruction a call of helper <see cref="UnresolvedHelper"/>, which
/// every verifier refuses if it is reached: programs test for absent fields first, and the guarded code is then dead.
/// </remarks>
public sealed class CoreRelocator
{
    /// <summary>The helper number that stands for an unresolved relocation (0xbad2310), as libbpf writes it.</summary>
    public const int UnresolvedHelper = 195896080;

    private const byte CallOpcode = 0x85;
    private const byte WideLoadOpcode = 0x18;

    private readonly BtfFile _local;
    private readonly bool _isOwnTarget;
    private readonly CandidateFinder _candidates;
    private readonly Dictionary<(int, string, CoreRelocationKind), Outcome> _outcomes = [];

    /// <summary>Prepares relocation.</summary>
    /// <param name="local">The object's types.</param>
    /// <param name="target">
    /// The kernel's types. The object's own serve where there is no kernel: every relocation then keeps its value.
    /// </param>
    /// <param name="modules">Types of the kernel's modules; asked for at most once, when the kernel has no type of a name.</param>
    public CoreRelocator(BtfFile local, BtfFile target, Func<IEnumerable<BtfFile>>? modules = null)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(target);
        _local = local;
        _isOwnTarget = ReferenceEquals(local, target);
        _candidates = new CandidateFinder(local, target, modules ?? (static () => []));
    }

    /// <summary>Applies a program's relocations.</summary>
    /// <param name="source">The object, with types if the program has relocations.</param>
    /// <param name="program">One of its programs; not changed.</param>
    /// <param name="target">The kernel's types.</param>
    /// <param name="modules">Types of the kernel's modules; asked for at most once, when the kernel has no type of a name.</param>
    /// <returns>The program with its instructions patched; see <see cref="Apply(ProgramSpec)"/>.</returns>
    /// <exception cref="ObjectFormatException">A relocation is damaged, or has several different answers.</exception>
    public static ProgramSpec Apply(
        BpfObject source, ProgramSpec program, BtfFile target, Func<IEnumerable<BtfFile>>? modules = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(program);
        return program.CoreRelocations.IsDefaultOrEmpty
            ? program
            : new CoreRelocator(source.Btf ?? throw NoTypes(program), target, modules).Apply(program);
    }

    /// <summary>Applies a program's relocations.</summary>
    /// <param name="program">The program; not changed.</param>
    /// <returns>
    /// The program with its instructions patched; its <see cref="ProgramSpec.CoreRelocations"/> are those that the target has no
    /// answer to (their instructions call <see cref="UnresolvedHelper"/>).
    /// </returns>
    /// <exception cref="ObjectFormatException">A relocation is damaged, or has several different answers.</exception>
    public ProgramSpec Apply(ProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.CoreRelocations.IsDefaultOrEmpty)
        {
            return program;
        }

        if (_isOwnTarget)
        {
            // The compiler's values hold; for bitfields it may have chosen otherwise than we would.
            ProgramSpec same = program.Clone();
            same.CoreRelocations = [];
            return same;
        }

        Instruction[] slots = [.. program.Instructions];
        ImmutableArray<CoreRelocation>.Builder unresolved = ImmutableArray.CreateBuilder<CoreRelocation>();
        foreach (CoreRelocation relocation in program.CoreRelocations)
        {
            try
            {
                if ((uint)relocation.Slot >= (uint)slots.Length)
                {
                    throw CoreRefusal.Malformed(relocation, $"it is at slot {relocation.Slot} of {slots.Length}");
                }

                if (!IsUnresolved(slots[relocation.Slot]) && !Patch(slots, relocation, Find(relocation)))
                {
                    unresolved.Add(relocation);
                }
                else if (IsUnresolved(slots[relocation.Slot]))
                {
                    unresolved.Add(relocation);
                }
            }
            catch (ObjectFormatException exception) when (exception.Findings[0].Program is null)
            {
                throw new ObjectFormatException(exception.Findings[0] with
                {
                    Program = program.Name,
                    Slot = relocation.Slot,
                    Source = program.FindLine(relocation.Slot)?.Source,
                });
            }
        }

        ProgramSpec patched = program.Clone();
        patched.Instructions = [.. slots];
        patched.CoreRelocations = unresolved.ToImmutable();
        return patched;
    }

    /// <summary>What the target answers to a relocation, without patching.</summary>
    /// <param name="relocation">A relocation of the object.</param>
    /// <exception cref="ObjectFormatException">It is damaged, or has several different answers.</exception>
    public CoreResolution Resolve(CoreRelocation relocation)
    {
        ArgumentNullException.ThrowIfNull(relocation);
        Outcome outcome = Find(relocation);
        return new CoreResolution(relocation, Describe(relocation), outcome.Local.Value, outcome.Target?.Value);
    }

    /// <summary>What a relocation asks, in words: <c>offset of task_struct.pid</c>.</summary>
    /// <param name="relocation">A relocation of the object.</param>
    /// <exception cref="ObjectFormatException">It is damaged.</exception>
    public string Describe(CoreRelocation relocation)
    {
        ArgumentNullException.ThrowIfNull(relocation);
        AccessPath path = AccessPath.Parse(_local, relocation);
        StringBuilder text = new(relocation.Kind switch
        {
            CoreRelocationKind.FieldByteOffset => "offset of ",
            CoreRelocationKind.FieldByteSize => "size of ",
            CoreRelocationKind.FieldExists => "existence of ",
            CoreRelocationKind.FieldSigned => "signedness of ",
            CoreRelocationKind.FieldLeftShift64 => "left shift of ",
            CoreRelocationKind.FieldRightShift64 => "right shift of ",
            CoreRelocationKind.TypeIdLocal => "local id of ",
            CoreRelocationKind.TypeIdTarget => "target id of ",
            CoreRelocationKind.TypeExists => "existence of ",
            CoreRelocationKind.TypeSize => "size of ",
            CoreRelocationKind.EnumValueExists => "existence of ",
            CoreRelocationKind.EnumValue => "value of ",
            CoreRelocationKind.TypeMatches => "match of ",
            _ => "",
        });
        text.Append(_local[relocation.TypeId].Name is { Length: > 0 } name ? name : $"type {relocation.TypeId}");
        for (int i = 0; i < path.Steps.Count; i++)
        {
            AccessStep step = path.Steps[i];
            if (step.IsNamed)
            {
                text.Append('.').Append(Encoding.UTF8.GetString(path.NameOf(step)));
            }
            else if (i > 0 || step.Index > 0)
            {
                text.Append('[').Append(step.Index).Append(']');
            }
        }

        return text.ToString();
    }

    private static bool IsUnresolved(Instruction slot) => slot.Opcode == CallOpcode && slot.Imm == UnresolvedHelper;

    private static ObjectFormatException NoTypes(ProgramSpec program) => new(new Finding
    {
        Id = "BPF1302",
        Message = "it has CO-RE relocations, but its object has no types",
        Program = program.Name,
        Suggestion = "keep .BTF in the object",
    });

    private Outcome Find(CoreRelocation relocation)
    {
        (int, string, CoreRelocationKind) key = (relocation.TypeId, relocation.AccessPath, relocation.Kind);
        if (!_outcomes.TryGetValue(key, out Outcome? outcome))
        {
            _outcomes.Add(key, outcome = Compute(relocation));
        }

        return outcome;
    }

    private Outcome Compute(CoreRelocation relocation)
    {
        AccessPath local = AccessPath.Parse(_local, relocation);
        CoreValue localValue = CoreValue.Of(relocation, local)
            ?? throw CoreRefusal.Malformed(relocation, "the object's own types have no answer");
        if (relocation.Kind == CoreRelocationKind.TypeIdLocal)
        {
            return new Outcome(localValue, localValue, FitsLoad: true);
        }

        if (_local[relocation.TypeId].NameBytes.IsEmpty)
        {
            throw CoreRefusal.Malformed(relocation, $"type {relocation.TypeId} has no name to look for in the target");
        }

        (CoreValue Value, AccessPath Path)? found = null;
        foreach ((BtfFile file, int id) in _candidates.Find(relocation.TypeId))
        {
            AccessPath? path = new FieldMatcher(local, file, id, relocation).Match();
            CoreValue? value = path is null ? null : CoreValue.Of(relocation, path);
            if (path is null || value is null)
            {
                continue;
            }

            if (found is { } first && (first.Path.BitOffset != path.BitOffset || first.Value.Value != value.Value.Value))
            {
                throw CoreRefusal.Ambiguous(
                    relocation,
                    $"the target's types {first.Path.RootTypeId} and {id} named '{file[id].Name}' answer differently: "
                    + $"{first.Value.Value} and {value.Value.Value}");
            }

            found ??= (value.Value, path);
        }

        CoreValue? target = found?.Value ?? CoreValue.Of(relocation, null);
        if (relocation.Kind == CoreRelocationKind.EnumValue && found is { } match
            && _local[local.Last.TypeId].KindFlag && match.Path.Btf[match.Path.Last.TypeId] is { Kind: BtfKind.Enum, KindFlag: false })
        {
            // Kernels before 6.0 do not say that an enumeration is signed; the object does.
            target = match.Value with { Value = (ulong)(int)match.Value.Value };
        }

        return new Outcome(localValue, target, found is null || MayResize(localValue, local.Btf, found.Value.Value, found.Value.Path.Btf));
    }

    /// <summary>Whether a load of the object's field may become a load of the target's: both pointers, or both unsigned numbers.</summary>
    private static bool MayResize(CoreValue local, BtfFile localTypes, CoreValue target, BtfFile targetTypes)
    {
        if (local.FieldSize == target.FieldSize)
        {
            return true;
        }

        (BtfType a, BtfType b) = (localTypes[local.FieldTypeId], targetTypes[target.FieldTypeId]);
        return (a.Kind == BtfKind.Pointer && b.Kind == BtfKind.Pointer)
            || (a.Kind == BtfKind.Int && b.Kind == BtfKind.Int
                && a.IntEncoding != BtfIntEncoding.Signed && b.IntEncoding != BtfIntEncoding.Signed);
    }

    private static bool Patch(Instruction[] slots, CoreRelocation relocation, Outcome outcome)
    {
        Instruction slot = slots[relocation.Slot];
        bool isWide = slot.Opcode == WideLoadOpcode;
        int kind = slot.Opcode & 7;
        bool isMemory = kind is 1 or 2 or 3;
        if (isWide && relocation.Slot + 1 >= slots.Length)
        {
            throw CoreRefusal.Malformed(relocation, "it patches a load that is cut off");
        }

        if (outcome.Target is not { } target || (isMemory && !outcome.FitsLoad))
        {
            if (isWide)
            {
                slots[relocation.Slot + 1] = new Instruction(CallOpcode, imm: UnresolvedHelper);
            }

            slots[relocation.Slot] = new Instruction(CallOpcode, imm: UnresolvedHelper);
            return false;
        }

        if (isWide)
        {
            ulong old = (uint)slot.Imm | (ulong)(uint)slots[relocation.Slot + 1].Imm << 32;
            Expect(relocation, outcome, old, slot.Src == 0);
            slots[relocation.Slot] = slot.WithImm((int)target.Value);
            slots[relocation.Slot + 1] = slots[relocation.Slot + 1].WithImm((int)(target.Value >> 32));
        }
        else if (isMemory)
        {
            Expect(relocation, outcome, (ulong)slot.Offset, target.Value <= (ulong)short.MaxValue);
            slots[relocation.Slot] = Resize(relocation, slot, outcome.Local.FieldSize, target.FieldSize)
                .WithOffset((short)target.Value);
        }
        else
        {
            bool isImmediate = kind is 4 or 7 && (slot.Opcode & 8) == 0;
            Expect(relocation, outcome, (ulong)slot.Imm, isImmediate);
            slots[relocation.Slot] = slot.WithImm((int)target.Value);
        }

        return true;
    }

    private static void Expect(CoreRelocation relocation, Outcome outcome, ulong found, bool isForm)
    {
        if (!isForm)
        {
            throw CoreRefusal.Malformed(relocation, $"the instruction cannot hold the value {outcome.Target?.Value}");
        }

        // A 32-bit immediate may be sign extended where the value is not, and the other way round.
        if (outcome.Local.IsExact && found != outcome.Local.Value && (uint)found != outcome.Local.Value)
        {
            throw CoreRefusal.Malformed(
                relocation, $"the instruction holds {(long)found}, the object's own types say {(long)outcome.Local.Value}");
        }
    }

    private static Instruction Resize(CoreRelocation relocation, Instruction slot, int local, int target)
    {
        if (local == target)
        {
            return slot;
        }

        // Size bits of the opcode: 4 bytes, 2, 1, 8.
        int size = (slot.Opcode & 0x18) switch { 0x00 => 4, 0x08 => 2, 0x10 => 1, _ => 8 };
        int bits = target switch { 4 => 0x00, 2 => 0x08, 1 => 0x10, 8 => 0x18, _ => -1 };
        return size == local && bits >= 0
            ? new Instruction((byte)((slot.Opcode & ~0x18) | bits), slot.Dst, slot.Src, slot.Offset, slot.Imm)
            : throw CoreRefusal.Malformed(
                relocation, $"a field of {local} bytes is accessed by {size}, and has {target} bytes in the target");
    }

    private sealed record Outcome(CoreValue Local, CoreValue? Target, bool FitsLoad);
}
