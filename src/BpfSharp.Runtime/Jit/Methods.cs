using System.Numerics;
using System.Reflection;
using BpfSharp.Isa;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Jit;

/// <summary>Methods and fields compiled programs use, found once.</summary>
internal static unsafe class Methods
{
    public static readonly MethodInfo Fault = ((Func<RunContext, long, int, Exception>)JitSupport.Fault).Method;
    public static readonly MethodInfo AccessFault = ((Func<RunContext, long, ulong, Exception>)JitSupport.AccessFault).Method;
    public static readonly MethodInfo CheckAccess = ((Action<RunContext, ulong, int, int, long>)JitSupport.CheckAccess).Method;
    public static readonly MethodInfo LoadContext32 = ((Func<nuint, RunContext, ulong>)ContextAccess.Load32).Method;
    public static readonly MethodInfo Limit = ((Func<ulong, ulong, ulong>)JitSupport.Limit).Method;
    public static readonly MethodInfo CallByNumber =
        ((Func<RunContext, ulong, ulong, ulong, ulong, ulong, ulong, ulong>)JitSupport.CallByNumber).Method;

    public static readonly MethodInfo CheckArguments =
        ((Action<RunContext, int, ulong, ulong, ulong, ulong, ulong>)JitSupport.CheckArguments).Method;

    public static readonly MethodInfo CheckStore = ((Action<RunContext, ulong, int, int, long>)JitSupport.CheckStore).Method;
    public static readonly MethodInfo ClearFrame = ((Frame)JitSupport.ClearFrame).Method;
    public static readonly MethodInfo FetchXor32 = ((Exchange<int>)JitSupport.FetchXor32).Method;
    public static readonly MethodInfo FetchXor64 = ((Exchange<long>)JitSupport.FetchXor64).Method;
    public static readonly MethodInfo Add32 = ((Exchange<int>)Interlocked.Add).Method;
    public static readonly MethodInfo Add64 = ((Exchange<long>)Interlocked.Add).Method;
    public static readonly MethodInfo Or32 = ((Exchange<int>)Interlocked.Or).Method;
    public static readonly MethodInfo Or64 = ((Exchange<long>)Interlocked.Or).Method;
    public static readonly MethodInfo And32 = ((Exchange<int>)Interlocked.And).Method;
    public static readonly MethodInfo And64 = ((Exchange<long>)Interlocked.And).Method;
    public static readonly MethodInfo Exchange32 = ((Exchange<int>)Interlocked.Exchange).Method;
    public static readonly MethodInfo Exchange64 = ((Exchange<long>)Interlocked.Exchange).Method;
    public static readonly MethodInfo CompareExchange32 = ((Compare<int>)Interlocked.CompareExchange).Method;
    public static readonly MethodInfo CompareExchange64 = ((Compare<long>)Interlocked.CompareExchange).Method;
    public static readonly MethodInfo SDiv64 = ((Func<ulong, ulong, ulong>)Semantics.SDiv64).Method;
    public static readonly MethodInfo SMod64 = ((Func<ulong, ulong, ulong>)Semantics.SMod64).Method;
    public static readonly MethodInfo SDiv32 = ((Func<ulong, ulong, ulong>)Semantics.SDiv32).Method;
    public static readonly MethodInfo SMod32 = ((Func<ulong, ulong, ulong>)Semantics.SMod32).Method;
    public static readonly MethodInfo Swap16 = ((Func<ushort, ushort>)System.Buffers.Binary.BinaryPrimitives.ReverseEndianness).Method;
    public static readonly MethodInfo Swap32 = ((Func<uint, uint>)System.Buffers.Binary.BinaryPrimitives.ReverseEndianness).Method;
    public static readonly MethodInfo Swap64 = ((Func<ulong, ulong>)System.Buffers.Binary.BinaryPrimitives.ReverseEndianness).Method;
    public static readonly MethodInfo RotateLeft64 = ((Func<ulong, int, ulong>)BitOperations.RotateLeft).Method;
    public static readonly MethodInfo RotateLeft32 = ((Func<uint, int, uint>)BitOperations.RotateLeft).Method;
    public static readonly MethodInfo LegacyLoad = ((Legacy)LegacyPacket.TryLoad).Method;
    public static readonly MethodInfo TailCall =
        typeof(RunContext).GetMethod(nameof(RunContext.TryTailCall), BindingFlags.Public | BindingFlags.Instance)!;

    public static readonly FieldInfo Fuel = Field(nameof(RunContext.Fuel));
    public static readonly FieldInfo Frame_ = Field(nameof(RunContext.Frame));
    public static readonly FieldInfo FrameLimit = Field(nameof(RunContext.FrameLimit));
    public static readonly FieldInfo StackBase = Field(nameof(RunContext.StackBase));
    public static readonly FieldInfo Ip = Field(nameof(RunContext.Ip));
    public static readonly FieldInfo Cpu = Field(nameof(RunContext.Cpu));
    public static readonly FieldInfo Context = Field(nameof(RunContext.Context));
    public static readonly FieldInfo ContextBytes = Field(nameof(RunContext.ContextBytes));
    public static readonly FieldInfo DataMeta = Field(nameof(RunContext.DataMeta));
    public static readonly FieldInfo DataEnd = Field(nameof(RunContext.DataEnd));

    private delegate void Frame(byte* frame);
    private delegate T Exchange<T>(ref T place, T value);
    private delegate T Compare<T>(ref T place, T value, T comparand);
    private delegate bool Legacy(RunContext run, Op op, int imm, ulong source, out ulong value);

    private static FieldInfo Field(string name) => typeof(RunContext).GetField(name, BindingFlags.Public | BindingFlags.Instance)!;
}
