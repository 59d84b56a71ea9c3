using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Verifier.ControlFlow;
using BpfSharp.Verifier.Profiles;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

/// <summary>What stays the same over the whole walk: the program, its object, its hook, the rules.</summary>
internal sealed class ProgramContext : StackFlow.ICallReads
{
    private readonly Dictionary<int, HelperInfo?> _helpers = [];

    public ProgramContext(BpfObject obj, ProgramSpec spec, VerifierOptions options)
    {
        Object = obj;
        Spec = spec;
        Options = options.KernelTypes is null && options.Kernel.Types is { } types ? options with { KernelTypes = types } : options;
        Rules = new KernelRules(options.Kernel);
        TypeInfo = ProgramTypeTable.Find(spec.Type);
        Access = ContextTable.Find(spec.Type, spec.AttachType);
        IsGpl = LicenseRules.IsGplCompatible(obj.License);
        IsSleepable = (spec.Flags & ProgramFlags.Sleepable) != 0 || spec.Type == ProgramType.Syscall;
        StrictAlignment = (spec.Flags & ProgramFlags.StrictAlignment) != 0 && (spec.Flags & ProgramFlags.AnyAlignment) == 0;
        foreach (MapSpec map in obj.Maps)
        {
            Maps.Add(null!);
        }

        for (int i = 0; i < obj.Maps.Count; i++)
        {
            MapSpec map = obj.Maps[i];
            MapInfo? inner = null;
            if (map.InnerMap is { } shape)
            {
                inner = new MapInfo(shape, Maps.Count, FieldFinder.InValues(obj, shape, options.KernelTypes), null);
                Maps.Add(inner);
            }

            Maps[i] = new MapInfo(map, i, FieldFinder.InValues(obj, map, options.KernelTypes), inner);
        }

        Code = CodeMap.Build(spec, Describe);
        ExceptionCallback.Mark(Code, obj.Btf);
        Live = new Liveness(Code, new StackFlow(Code, this));
    }

    public BpfObject Object { get; }

    public ProgramSpec Spec { get; }

    public VerifierOptions Options { get; }

    /// <summary>How the target kernel reasons.</summary>
    public KernelRules Rules { get; }

    public ProgramTypeInfo? TypeInfo { get; }

    public ContextAccess? Access { get; }

    public CodeMap Code { get; }

    public Liveness Live { get; }

    /// <summary>The object's maps in order, then inner shapes.</summary>
    public List<MapInfo> Maps { get; } = [];

    public bool IsGpl { get; }

    public bool IsSleepable { get; }

    public bool StrictAlignment { get; }

    /// <summary>Whether pointers may be shown to user space and other rules of the weak are waived.</summary>
    public bool AllowPointerLeaks => Options.Mode != VerifierMode.UnprivilegedStrict;

    public ProgramType Type => Spec.Type;

    /// <summary>A helper as this program type sees it; <see langword="null"/> if there is none of this number.</summary>
    public HelperInfo? Helper(int id)
    {
        if (!_helpers.TryGetValue(id, out HelperInfo? helper))
        {
            _helpers[id] = helper = HelperTable.Find(id, Spec.Type);
        }

        return helper;
    }

    /// <inheritdoc/>
    public int ReadBytes(in DecodedInstruction call, int argument, ReadOnlySpan<FlowValue> registers)
    {
        if (call.Op != Op.CallHelper || Helper((int)call.Imm) is not { } helper || argument > helper.Arguments.Length)
        {
            return -1;
        }

        HelperArgument kind = helper.Arguments[argument - 1];
        MapInfo? map = MapArgument(helper, registers);
        switch (kind.Kind)
        {
            case HelperArgumentKind.MapKey:
                return map?.KeySize ?? -1;
            case HelperArgumentKind.MapValue when (kind.Traits & HelperArgumentTraits.Reads) == 0:
                return 0;
            case HelperArgumentKind.MapValue:
                return map is { ValueSize: > 0 } ? map.ValueSize : -1;
            case HelperArgumentKind.Memory when (kind.Traits & HelperArgumentTraits.Reads) == 0:
                return 0;
            case HelperArgumentKind.Memory when kind.Size > 0:
                return kind.Size;
            case HelperArgumentKind.Memory when argument < 5 && registers[argument + 1].Kind == FlowKind.Const:
                return Math.Max(0, registers[argument + 1].Value);
            case HelperArgumentKind.Dynptr:
                return 16;
            case HelperArgumentKind.Anything or HelperArgumentKind.Scalar or HelperArgumentKind.Context
                or HelperArgumentKind.Map or HelperArgumentKind.Memory or HelperArgumentKind.Size
                or HelperArgumentKind.SizeOrZero or HelperArgumentKind.AllocationSize or HelperArgumentKind.RingRecord
                or HelperArgumentKind.SockCommon or HelperArgumentKind.Socket or HelperArgumentKind.BtfPointer
                or HelperArgumentKind.BtfSocket or HelperArgumentKind.PerCpuVariable or HelperArgumentKind.Function
                or HelperArgumentKind.Stack or HelperArgumentKind.ConstantString or HelperArgumentKind.SpinLock
                or HelperArgumentKind.Timer or HelperArgumentKind.KptrSlot or HelperArgumentKind.KptrValue:
            default:
                return -1;
        }
    }

    /// <inheritdoc/>
    public bool MayKeep(in DecodedInstruction call)
    {
        if (call.Op == Op.CallHelper)
        {
            return Helper((int)call.Imm) is not { } helper
                || (helper.Traits & (HelperTraits.CallsBack | HelperTraits.CallsBackLater)) != 0;
        }

        return true;
    }

    /// <summary>
    /// What a load of LINUX_KERNEL_VERSION gives on the target, its last byte (the patch level) aside; <see langword="null"/> if the
    /// load is of something else, or runs in process, where the user chooses the value.
    /// </summary>
    public uint? FindKernelVersion(MapInfo map, in RegisterState pointer, int offset, int size)
    {
        const int MaxPatch = 255;
        if (map.Spec.Role != MapRole.Kconfig || size != 4 || !pointer.Range.IsConst || Options.Mode == VerifierMode.InProcess)
        {
            return null;
        }

        int at = offset + (int)pointer.Range.ConstValue;
        bool isVersion = Object.Kconfig.Any(k => k.Name == "LINUX_KERNEL_VERSION" && k.ByteOffset == at && k.Size == size);
        return isVersion ? (uint)((Rules.Release / 100 << 16) | (Rules.Release % 100 << 8)) & ~(uint)MaxPatch : null;
    }

    private MapInfo? MapArgument(HelperInfo helper, ReadOnlySpan<FlowValue> registers)
    {
        for (int i = 0; i < helper.Arguments.Length; i++)
        {
            if (helper.Arguments[i].Kind == HelperArgumentKind.Map && registers[i + 1].Kind == FlowKind.Map
                && (uint)registers[i + 1].Value < (uint)Object.Maps.Count)
            {
                return Maps[registers[i + 1].Value];
            }
        }

        return null;
    }

    private CodeMap.CallTraits Describe(DecodedInstruction call)
    {
        if (call.Op == Op.CallHelper)
        {
            if (Helper((int)call.Imm) is not { } helper)
            {
                return new(0x3e);
            }

            ushort arguments = helper.Has(HelperTraits.Variadic) ? (ushort)0x3e : (ushort)(((1 << helper.Arguments.Length) - 1) << 1);
            return new(
                arguments,
                CallsBack: helper.Has(HelperTraits.CallsBack),
                CallsBackLater: helper.Has(HelperTraits.CallsBackLater),
                ChangesPacket: helper.Has(HelperTraits.ChangesPacket),
                MightSleep: helper.Has(HelperTraits.MaySleep),
                TailCall: helper.Id == 12);
        }

        if (call.Op == Op.CallKfunc)
        {
            string name = KfuncName(call);
            return new(
                0x3e,
                IteratorNext: name.StartsWith("bpf_iter_", StringComparison.Ordinal) && name.EndsWith("_next", StringComparison.Ordinal),
                CallsBack: name is "bpf_rbtree_add_impl" or "bpf_rbtree_add",
                CallsBackLater: name is "bpf_wq_set_callback_impl",
                ChangesPacket: name is "bpf_xdp_pull_data",
                NeverReturns: name == "bpf_throw");
        }

        return new(0x3e);
    }

    /// <summary>Name of a called kernel function.</summary>
    public string KfuncName(in DecodedInstruction call) =>
        call.Imm >= 0 && call.Imm < Object.Externs.Count ? Object.Externs[(int)call.Imm].Name : "";
}
