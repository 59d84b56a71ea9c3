using BpfSharp.Hooks;
using TableArgument = BpfSharp.Hooks.HelperArgument;

namespace BpfSharp.Runtime.Helpers;

/// <summary>What checked mode tests of a helper's arguments, read off <see cref="HelperTable"/>: one list for the verifier and for runs.</summary>
internal static class HelperDemands
{
    /// <summary>The tests of a helper's arguments, first to last.</summary>
    public static HelperArgument[] Of(int id)
    {
        if (HelperTable.Find(id) is not { } info)
        {
            return [];
        }

        HelperArgument[] demands = [.. info.Arguments.Select((_, index) => Of(info, index))];

        // Types with another prototype; those that live on kernel pointers alone have nothing to pass in process.
        foreach (ProgramTypeInfo type in ProgramTypeTable.All.Where(t => (t.Traits & ProgramTypeTraits.BtfPointers) == 0))
        {
            if (HelperTable.Find(id, type.Type) is { } variant && !ReferenceEquals(variant, info))
            {
                for (int i = 0; i < demands.Length; i++)
                {
                    demands[i] = Join(demands[i], i < variant.Arguments.Length ? Of(variant, i) : HelperArgument.Anything);
                }
            }
        }

        return demands;
    }

    // Memory is tested as the stricter asks, whatever the type; of the rest, only what all of them demand.
    private static HelperArgument Join(HelperArgument one, HelperArgument other) => (one, other) switch
    {
        (HelperArgument.MemoryOut, HelperArgument.Memory) or (HelperArgument.Memory, HelperArgument.MemoryOut) => HelperArgument.MemoryOut,
        _ => one == other ? one : HelperArgument.Anything,
    };

    private static HelperArgument Of(HelperInfo info, int index)
    {
        TableArgument argument = info.Arguments[index];
        bool writes = (argument.Traits & HelperArgumentTraits.Writes) != 0;
        bool hasSize = index + 1 < info.Arguments.Length
            && info.Arguments[index + 1].Kind is HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero;
        return argument.Kind switch
        {
            HelperArgumentKind.Context when !argument.IsNullable => HelperArgument.Context,
            HelperArgumentKind.Map => HelperArgument.Map,
            HelperArgumentKind.MapKey => HelperArgument.MapKey,
            HelperArgumentKind.MapValue when argument.IsNullable => HelperArgument.Anything, // the body tests it
            HelperArgumentKind.MapValue => writes ? HelperArgument.MapValueOut : HelperArgument.MapValue,
            HelperArgumentKind.Memory when hasSize => writes ? HelperArgument.MemoryOut
                : argument.IsNullable ? HelperArgument.MemoryOrNull : HelperArgument.Memory,
            HelperArgumentKind.Memory => argument.Size switch
            {
                4 => HelperArgument.Out4,
                8 => HelperArgument.Out8,
                16 => HelperArgument.Out16,
                _ => HelperArgument.Anything, // the body tests it
            },
            HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero => HelperArgument.Size,
            HelperArgumentKind.Function => HelperArgument.Function,
            HelperArgumentKind.ConstantString => HelperArgument.Text,
            HelperArgumentKind.SpinLock => HelperArgument.Out4,
            HelperArgumentKind.Timer or HelperArgumentKind.Dynptr => HelperArgument.Out16,
            HelperArgumentKind.KptrSlot => HelperArgument.Out8,
            HelperArgumentKind.Context or HelperArgumentKind.Anything or HelperArgumentKind.Scalar or HelperArgumentKind.AllocationSize
                or HelperArgumentKind.RingRecord or HelperArgumentKind.SockCommon or HelperArgumentKind.Socket
                or HelperArgumentKind.BtfPointer or HelperArgumentKind.BtfSocket or HelperArgumentKind.PerCpuVariable
                or HelperArgumentKind.Stack or HelperArgumentKind.KptrValue => HelperArgument.Anything,
            _ => HelperArgument.Anything,
        };
    }
}
