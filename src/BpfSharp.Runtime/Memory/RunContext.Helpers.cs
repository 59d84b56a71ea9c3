using BpfSharp.Runtime.Hooks;

namespace BpfSharp.Runtime.Memory;

/// <content>What helper bodies and packet hooks keep for a run.</content>
internal sealed partial class RunContext
{
    private const int MaxPrintedLines = 10_000;

    private List<string>? _printed;

    /// <summary>What packet helpers change beside the packet's bytes; reset when the context is given back.</summary>
    public PacketState PacketState { get; } = new();

    /// <summary>Lines the program printed in this run; the first 10,000.</summary>
    public IReadOnlyList<string> Printed => _printed ?? (IReadOnlyList<string>)[];

    /// <summary>Notes a line the program printed.</summary>
    public void Print(string text)
    {
        _printed ??= [];
        if (_printed.Count < MaxPrintedLines)
        {
            _printed.Add(text);
        }

        Object.TraceSink?.Invoke(text);
    }

    /// <summary>Who must be told when something this run holds is given back; null if the run does not hold it.</summary>
    public IHeldResource? HolderOf(nuint token)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            if (_held[i].Token == token)
            {
                return _held[i].Owner;
            }
        }

        return null;
    }

    /// <summary>Forgets what helpers kept; called when the context is given back.</summary>
    private void ForgetHelpers()
    {
        _printed = null;
        PacketState.Reset();
    }
}
