using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Hosting;
using BpfSharp.Runtime.Maps;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Helpers;

/// <summary>Checked mode: tests a call's arguments against its row, so that no body meets memory it may not touch.</summary>
internal static unsafe class HelperChecker
{
    private const ulong MaxSize = (1 << 29) - 1;
    private const int MaxText = 4096;

    /// <summary>Whether a row demands anything.</summary>
    public static bool IsNeeded(HelperRow row) => Array.Exists(row.Arguments, kind => kind != HelperArgument.Anything);

    /// <summary>Stops the run if an argument is not what the row says.</summary>
    public static void Check(RunContext run, HelperRow row, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        HelperArgument[] kinds = row.Arguments;
        if (kinds.Length == 0)
        {
            return;
        }

        ReadOnlySpan<ulong> values = [r1, r2, r3, r4, r5, 0];
        RuntimeMap? map = null;
        for (int i = 0; i < kinds.Length; i++)
        {
            ulong value = values[i];
            switch (kinds[i])
            {
                case HelperArgument.Anything:
                    break;
                case HelperArgument.Map:
                    map = run.Map(value);
                    break;
                case HelperArgument.MapKey:
                    run.Check(value, (ulong)(map?.Spec.KeySize ?? 0), write: false);
                    break;
                case HelperArgument.MapValue:
                    run.Check(value, (ulong)(map?.Spec.ValueSize ?? 0), write: false);
                    break;
                case HelperArgument.MapValueOut:
                    run.Check(value, (ulong)(map?.Spec.ValueSize ?? 0), write: true);
                    break;
                case HelperArgument.Memory:
                    run.Check(value, values[i + 1], write: false);
                    break;
                case HelperArgument.MemoryOrNull:
                    if (value != 0)
                    {
                        run.Check(value, values[i + 1], write: false);
                    }
                    else if (values[i + 1] != 0)
                    {
                        run.Stop(FaultKind.BadArgument, $"{row.Name}: no memory, but size {values[i + 1]}");
                    }

                    break;
                case HelperArgument.MemoryOut:
                    run.Check(value, values[i + 1], write: true);
                    break;
                case HelperArgument.Size:
                    if (value > MaxSize)
                    {
                        run.Stop(FaultKind.BadArgument, $"{row.Name}: size {value} is above {MaxSize}");
                    }

                    break;
                case HelperArgument.Context:
                    if (value != (ulong)run.Context)
                    {
                        run.Stop(FaultKind.BadArgument, $"{row.Name}: argument {i + 1} is not the context");
                    }

                    break;
                case HelperArgument.Function:
                    if (value - RuntimeObject.FunctionBase >= (ulong)run.Object.Functions.Count)
                    {
                        run.Stop(FaultKind.BadFunction, $"{row.Name}: 0x{value:x} is not a function of this object");
                    }

                    break;
                case HelperArgument.Out4:
                    run.Check(value, 4, write: true);
                    break;
                case HelperArgument.Out8:
                    run.Check(value, 8, write: true);
                    break;
                case HelperArgument.Out16:
                    run.Check(value, 16, write: true);
                    break;
                case HelperArgument.Text:
                    CheckText(run, value);
                    break;
                default:
                    break;
            }
        }
    }

    private static void CheckText(RunContext run, ulong address)
    {
        for (ulong i = 0; i < MaxText; i++)
        {
            if (*run.Check(address + i, 1, write: false) == 0)
            {
                return;
            }
        }

        run.Stop(FaultKind.BadArgument, $"the text is longer than {MaxText} bytes");
    }
}
