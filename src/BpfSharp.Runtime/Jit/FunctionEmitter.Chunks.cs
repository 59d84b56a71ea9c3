using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

/// <content>Functions cut into several methods: <c>(run, frame, ulong* registers, int entry) -> next</c>, -1 at the end.</content>
internal sealed unsafe partial class FunctionEmitter
{
    private const int RegistersArgument = 2;
    private const int EntryArgument = 3;
    private const int MayGotoSlot = 10;

    private readonly Dictionary<int, Label> _leaving = [];
    private ChunkPlan? _plan;

    /// <summary>An empty method for a chunk.</summary>
    [RequiresDynamicCode("Makes code at run time.")]
    public static DynamicMethod DeclareChunk(string name) => new(
        name, typeof(int), [typeof(RunContext), typeof(byte*), typeof(ulong*), typeof(int)], typeof(FunctionEmitter).Module, skipVisibility: true);

    /// <summary>Writes the method that stands for the whole function: it goes from chunk to chunk.</summary>
    public static void EmitDriver(ILGenerator il, ChunkPlan plan, DynamicMethod[] chunks, int arguments, bool isChecked)
    {
        LocalBuilder registers = il.DeclareLocal(typeof(ulong*));
        LocalBuilder next = il.DeclareLocal(typeof(int));
        if (isChecked)
        {
            il.Emit(OpCodes.Ldarg, FrameArgument);
            il.Emit(OpCodes.Call, Methods.ClearFrame);
        }

        // Zeroed, because locals are.
        il.Emit(OpCodes.Ldc_I4, (MayGotoSlot + 1) * sizeof(ulong));
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Localloc);
        il.Emit(OpCodes.Stloc, registers);
        for (int r = 1; r <= arguments; r++)
        {
            LoadPlace(r);
            il.Emit(OpCodes.Ldarg, (short)(FirstRegisterArgument + r - 1));
            il.Emit(OpCodes.Stind_I8);
        }

        LoadPlace(MayGotoSlot);
        il.Emit(OpCodes.Ldc_I8, MayGotoLoops);
        il.Emit(OpCodes.Stind_I8);
        il.Emit(OpCodes.Ldc_I4, plan.Encode(0));
        il.Emit(OpCodes.Stloc, next);
        Label loop = il.DefineLabel();
        Label test = il.DefineLabel();
        Label[] targets = [.. chunks.Select(_ => il.DefineLabel())];
        il.MarkLabel(loop);
        il.Emit(OpCodes.Ldloc, next);
        il.Emit(OpCodes.Ldc_I4, 16);
        il.Emit(OpCodes.Shr);
        il.Emit(OpCodes.Switch, targets);
        for (int c = 0; c < chunks.Length; c++)
        {
            il.MarkLabel(targets[c]);
            il.Emit(OpCodes.Ldarg, RunArgument);
            il.Emit(OpCodes.Ldarg, FrameArgument);
            il.Emit(OpCodes.Ldloc, registers);
            il.Emit(OpCodes.Ldloc, next);
            il.Emit(OpCodes.Ldc_I4, 0xffff);
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Call, chunks[c]);
            il.Emit(OpCodes.Stloc, next);
            il.Emit(OpCodes.Br, test);
        }

        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, next);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Bge, loop);
        LoadPlace(0);
        il.Emit(OpCodes.Ldind_I8);
        il.Emit(OpCodes.Ret);

        void LoadPlace(int slot)
        {
            il.Emit(OpCodes.Ldloc, registers);
            il.Emit(OpCodes.Ldc_I4, slot * sizeof(ulong));
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Add);
        }
    }

    /// <summary>Writes one chunk.</summary>
    public void EmitChunk(ChunkPlan plan, int chunk)
    {
        _plan = plan;
        _slots = StackSlots.Memory;
        _firstBlock = plan.FirstBlocks[chunk];
        _lastBlock = (chunk + 1 < plan.FirstBlocks.Length ? plan.FirstBlocks[chunk + 1] : _flow.Starts.Length) - 1;
        EmitPrologue();
        int live = 0;
        foreach (int block in plan.Entries[chunk])
        {
            live |= _flow.LiveIn[block];
        }

        for (int r = 0; r < 10; r++)
        {
            if ((live & (1 << r)) != 0)
            {
                LoadSaved(r);
                StoreRegister(r);
            }
        }

        if (_mayGoto is not null)
        {
            LoadSaved(MayGotoSlot);
            _il.Emit(OpCodes.Stloc, _mayGoto);
        }

        for (int b = _firstBlock; b <= _lastBlock; b++)
        {
            _labels[b] = _il.DefineLabel();
        }

        _il.Emit(OpCodes.Ldarg, EntryArgument);
        _il.Emit(OpCodes.Switch, [.. plan.Entries[chunk].Select(block => _labels[block])]);
        for (int b = _firstBlock; b <= _lastBlock; b++)
        {
            _il.MarkLabel(_labels[b]);
            EmitBlock(b);
        }

        EmitCold();
    }

    private Label LabelOf(int block)
    {
        if (block >= _firstBlock && block <= _lastBlock)
        {
            return _labels[block];
        }

        if (!_leaving.TryGetValue(block, out Label label))
        {
            label = Cold(() => EmitLeaving(block));
            _leaving.Add(block, label);
        }

        return label;
    }

    // To another chunk: what lives there goes through memory.
    private void EmitLeaving(int block)
    {
        for (int r = 0; r < 10; r++)
        {
            if ((_flow.LiveIn[block] & (1 << r)) != 0)
            {
                LoadSavedPlace(r);
                LoadRegister(r);
                _il.Emit(OpCodes.Stind_I8);
            }
        }

        if (_mayGoto is not null)
        {
            LoadSavedPlace(MayGotoSlot);
            _il.Emit(OpCodes.Ldloc, _mayGoto);
            _il.Emit(OpCodes.Stind_I8);
        }

        SaveFuel();
        _il.Emit(OpCodes.Ldc_I4, _plan!.Encode(block));
        _il.Emit(OpCodes.Ret);
    }

    private void EmitChunkReturn()
    {
        LocalBuilder value = Temporary();
        _il.Emit(OpCodes.Stloc, value);
        LoadSavedPlace(0);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Stind_I8);
        SaveFuel();
        _il.Emit(OpCodes.Ldc_I4_M1);
        _il.Emit(OpCodes.Ret);
    }

    private void LoadSavedPlace(int slot)
    {
        _il.Emit(OpCodes.Ldarg, RegistersArgument);
        _il.Emit(OpCodes.Ldc_I4, slot * sizeof(ulong));
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
    }

    private void LoadSaved(int slot)
    {
        LoadSavedPlace(slot);
        _il.Emit(OpCodes.Ldind_I8);
    }
}
