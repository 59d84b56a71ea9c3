using System.Collections.Immutable;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Verifier.Findings;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    // A rejection costs microseconds: a program that would insert its checks this often over all paths is not worth the walk.
    private const int MaxInsertions = 50_000;

    // Null and the offsets of any structure: no memory of a program lies this low.
    private const int LowAddresses = 65_536;

    private readonly Dictionary<int, Insertion> _insertions = [];
    private readonly Dictionary<int, (RegisterKind Kind, int Map)> _seenTargets = [];
    private int _insertionCount;

    private sealed record Insertion(CheckedAccess Access, Rejection Reason);

    /// <summary>Accesses that run checked, by slot.</summary>
    public ImmutableArray<CheckedAccess> CheckedAccesses => [.. _insertions.Values.Select(i => i.Access).OrderBy(a => a.Slot)];

    /// <summary>For each of them, why.</summary>
    public ImmutableArray<Finding> CheckedFindings =>
    [
        .. _insertions.Values.OrderBy(i => i.Access.Slot).Select(i => new Finding
        {
            Id = FindingIds.RunsChecked,
            Severity = Severity.Info,
            Program = _program.Spec.Name,
            Slot = i.Access.Slot,
            Source = _program.Spec.FindLine(i.Access.Slot)?.Source,
            Message = $"this access is tested when it runs, because nothing proves it: {i.Reason.Message}",
            Suggestion = i.Reason.Suggestion,
            Facts = [.. i.Reason.Facts],
        }),
    ];

    private bool MayInsertChecks => _program.Options.Mode == VerifierMode.InProcess;

    /// <summary>A load; where nothing proves it in process, one that the engine tests.</summary>
    private RegisterState ReadOrCheck(in RegisterState pointer, Register register, int offset, int size, bool signExtends)
    {
        if (!MayInsertChecks)
        {
            return Read(pointer, register, offset, size, signExtends);
        }

        try
        {
            return Read(pointer, register, offset, size, signExtends);
        }
        catch (Rejection reason) when (IsTestable(reason, pointer) && pointer.Kind != RegisterKind.Context)
        {
            // Sound: a load changes no memory, and whatever it reads is any number; the engine lets it read only what the program
            // may reach. A pointer read so is a number and stays one.
            Insert(reason, CheckedRegion.Anywhere, -1);
            LearnOfSuccess(pointer, offset);
            return RegisterState.UnknownScalar;
        }
    }

    /// <summary>A store; where nothing proves it in process, one that the engine tests.</summary>
    private void WriteOrCheck(
        in RegisterState pointer, Register register, int offset, int size, in RegisterState value, int source, bool isImmediate)
    {
        if (!MayInsertChecks)
        {
            Write(pointer, register, offset, size, value, source, isImmediate);
            return;
        }

        NoteTarget(pointer);
        try
        {
            Write(pointer, register, offset, size, value, source, isImmediate);
        }
        catch (Rejection reason) when (IsTestable(reason, pointer) && StoreRegion(pointer, isAtomic: false) is { } region)
        {
            InsertStore(reason, region, pointer, offset);
        }
    }

    /// <summary>An atomic operation; where nothing proves it in process, one that the engine tests.</summary>
    /// <returns>The old value.</returns>
    private RegisterState UpdateOrCheck(in RegisterState pointer, Register register, int offset, int size)
    {
        if (!MayInsertChecks)
        {
            return Update(pointer, register, offset, size);
        }

        NoteTarget(pointer);
        try
        {
            return Update(pointer, register, offset, size);
        }
        catch (Rejection reason) when (IsTestable(reason, pointer) && StoreRegion(pointer, isAtomic: true) is { } region)
        {
            InsertStore(reason, region, pointer, offset);
            return RegisterState.UnknownScalar;
        }
    }

    private void InsertStore(Rejection reason, CheckedRegion region, in RegisterState pointer, int offset)
    {
        // Sound: the engine keeps the store inside the values of that map (without special fields) or inside the packet. The walk
        // claims nothing of what lies there, and neither can hold a pointer, the stack or the context.
        (RegisterKind kind, int map) = _seenTargets[_slot];
        if (kind != pointer.Kind || (region == CheckedRegion.MapValue && map != pointer.Object))
        {
            throw reason;
        }

        Insert(reason, region, region == CheckedRegion.MapValue ? pointer.Object : -1);
        LearnOfSuccess(pointer, offset);
    }

    private void Insert(Rejection reason, CheckedRegion region, int map)
    {
        if (++_insertionCount > MaxInsertions)
        {
            throw reason;
        }

        _insertions.TryAdd(_slot, new Insertion(new CheckedAccess(_slot, region, map), reason));
    }

    /// <summary>Refuses a store that is tested for one region and comes through a pointer to another.</summary>
    private void NoteTarget(in RegisterState pointer)
    {
        (RegisterKind, int) target = (pointer.Kind, pointer.Kind == RegisterKind.MapValue ? pointer.Object : 0);
        if (!_seenTargets.TryGetValue(_slot, out (RegisterKind Kind, int Map) before))
        {
            _seenTargets.Add(_slot, target);
            return;
        }

        if (before == target)
        {
            return;
        }

        // Both may be proved; then no test is there. Otherwise the test would stop one of them wrongly.
        if (_insertions.TryGetValue(_slot, out Insertion? inserted))
        {
            throw inserted.Reason;
        }

        _seenTargets[_slot] = (RegisterKind.NotInit, -1);
    }

    /// <summary>
    /// Whether a test at run time answers what the walk could not: memory and null, not rules of the hook or the language. What is
    /// surely wrong (a constant as a pointer, a constant offset outside) stays refused: a test would fail every time.
    /// </summary>
    private static bool IsTestable(Rejection reason, in RegisterState pointer) =>
        (reason.Id is FindingIds.PacketBounds or FindingIds.MaybeNull
            || (reason.Id is FindingIds.MapBounds or FindingIds.MemoryBounds or FindingIds.StackBounds or FindingIds.NotPointer
                && !pointer.Range.IsConst))
        && pointer.Kind is RegisterKind.MapValue or RegisterKind.MapKey or RegisterKind.Memory or RegisterKind.Packet
            or RegisterKind.PacketMeta or RegisterKind.Stack or RegisterKind.Scalar;

    private CheckedRegion? StoreRegion(in RegisterState pointer, bool isAtomic)
    {
        if (pointer.Is(RegisterFlags.ReadOnly))
        {
            return null;
        }

        if (pointer.Kind == RegisterKind.MapValue)
        {
            MapInfo map = _program.Maps[pointer.Object];
            bool isOwn = pointer.Object < _program.Object.Maps.Count;
            return isOwn && map.Fields.All.IsEmpty && !map.IsReadOnlyForProgram && map.Inner is null ? CheckedRegion.MapValue : null;
        }

        bool mayWritePackets = (_program.TypeInfo?.Traits & ProgramTypeTraits.WritesPacket) != 0;
        return pointer.Kind == RegisterKind.Packet && mayWritePackets && !isAtomic ? CheckedRegion.Packet : null;
    }

    /// <summary>What holds after an access that was tested: the pointer was not null.</summary>
    private void LearnOfSuccess(in RegisterState pointer, int offset)
    {
        if (pointer.MaybeNull && pointer.Range.IsConst && pointer.Range.ConstValue == 0
            && (uint)(pointer.Offset + offset) < LowAddresses)
        {
            MarkNotNull(_state, pointer);
        }
    }
}
