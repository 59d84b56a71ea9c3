using System.Reflection.Emit;

namespace BpfSharp.Runtime.Jit;

/// <summary>Locals of a checked function that hold where memory begins, and up to where an access of a size may begin.</summary>
/// <remarks>Which are needed is known only when the body is written, so a first pass over the accesses declares them.</remarks>
internal sealed class Regions(ILGenerator il)
{
    private static readonly int[] s_sizes = [1, 2, 4, 8];

    private readonly LocalBuilder?[] _contextLimits = new LocalBuilder?[9];
    private readonly LocalBuilder?[] _packetLimits = new LocalBuilder?[9];
    private readonly LocalBuilder?[] _stackLimits = new LocalBuilder?[9];
    private LocalBuilder? _contextStart;
    private LocalBuilder? _contextBytes;
    private LocalBuilder? _packetStart;
    private LocalBuilder? _stackStart;

    /// <summary>Whether packet borders are held: they change with calls.</summary>
    public bool HasPacket => _packetStart is not null;

    public LocalBuilder ContextStart() => _contextStart ??= New();

    public LocalBuilder ContextBytes() => _contextBytes ??= New();

    public LocalBuilder ContextLimit(int bytes) => _contextLimits[bytes] ??= New();

    public LocalBuilder PacketStart() => _packetStart ??= New();

    public LocalBuilder PacketLimit(int bytes) => _packetLimits[bytes] ??= New();

    public LocalBuilder StackStart() => _stackStart ??= New();

    public LocalBuilder StackLimit(int bytes) => _stackLimits[bytes] ??= New();

    /// <summary>Declares what an access will need.</summary>
    public void Need(Value pointer, int offset, int bytes)
    {
        switch (pointer.Kind)
        {
            case ValueKind.Context when pointer.HasOffset && pointer.Offset + offset >= 0:
                ContextBytes();
                break;
            case ValueKind.Context:
                ContextStart();
                ContextLimit(bytes);
                break;
            case ValueKind.Packet:
                PacketStart();
                PacketLimit(bytes);
                break;
            case ValueKind.Stack when !pointer.HasOffset:
                StackStart();
                StackLimit(bytes);
                break;
            case ValueKind.Stack:
            case ValueKind.Unknown:
            case ValueKind.Constant:
            case ValueKind.Map:
            case ValueKind.Element:
            case ValueKind.Flat:
            case ValueKind.Record:
            default:
                break;
        }
    }

    /// <summary>Sets all of them, at the start of the function.</summary>
    public void EmitStart()
    {
        if (_contextBytes is not null)
        {
            LoadField(Methods.ContextBytes);
            il.Emit(OpCodes.Conv_I8);
            il.Emit(OpCodes.Stloc, _contextBytes);
        }

        if (_contextStart is not null)
        {
            LoadField(Methods.Context);
            il.Emit(OpCodes.Conv_U8);
            il.Emit(OpCodes.Stloc, _contextStart);
            EmitLimits(_contextLimits, () =>
            {
                LoadField(Methods.ContextBytes);
                il.Emit(OpCodes.Conv_I8);
            });
        }

        if (_stackStart is not null)
        {
            LoadField(Methods.StackBase);
            il.Emit(OpCodes.Conv_U8);
            il.Emit(OpCodes.Stloc, _stackStart);
            EmitLimits(_stackLimits, () =>
            {
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Conv_U8);
                il.Emit(OpCodes.Ldloc, _stackStart);
                il.Emit(OpCodes.Sub);
            });
        }

        EmitPacket();
    }

    /// <summary>Sets the packet's again, after a call that may have changed them.</summary>
    public void EmitPacket()
    {
        if (_packetStart is null)
        {
            return;
        }

        LoadField(Methods.DataMeta);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Stloc, _packetStart);
        EmitLimits(_packetLimits, () =>
        {
            LoadField(Methods.DataEnd);
            il.Emit(OpCodes.Conv_U8);
            il.Emit(OpCodes.Ldloc, _packetStart);
            il.Emit(OpCodes.Sub);
        });
    }

    private void EmitLimits(LocalBuilder?[] limits, Action loadBytes)
    {
        foreach (int size in s_sizes)
        {
            if (limits[size] is { } limit)
            {
                loadBytes();
                il.Emit(OpCodes.Ldc_I4, size);
                il.Emit(OpCodes.Conv_I8);
                il.Emit(OpCodes.Call, Methods.Limit);
                il.Emit(OpCodes.Stloc, limit);
            }
        }
    }

    private void LoadField(System.Reflection.FieldInfo field)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, field);
    }

    private LocalBuilder New() => il.DeclareLocal(typeof(ulong));
}
