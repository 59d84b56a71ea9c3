using BpfSharp.Hosting;

namespace BpfSharp.Runtime.Hosting;

/// <summary>An object loaded in process.</summary>
/// <remarks>Disposing returns at once: runs that are under way end first, then the maps are freed.</remarks>
public sealed class InProcessObject : LoadedObject
{
    private readonly RuntimeObject _code;

    internal InProcessObject(
        IBpfHost host, RuntimeObject code, Dictionary<string, LoadedProgram> programs, Dictionary<string, LoadedMap> maps)
    {
        Host = host;
        _code = code;
        Programs = programs;
        Maps = maps;
    }

    /// <inheritdoc/>
    public override IBpfHost Host { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedProgram> Programs { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, LoadedMap> Maps { get; }

    /// <summary>
    /// What runs the programs now: <c>interpreter</c>, <c>JIT</c>, or both while some are being compiled; with the reason
    /// if native code was not possible, and with <c>checked</c> if any program runs checked, or how many of its accesses do.
    /// </summary>
    public override string Engine
    {
        get
        {
            IEnumerable<string> engines = Programs.Values.OfType<InProcessProgram>()
                .Select(p => $"{p.Engine}{Checks(p)}").Distinct().Order();
            string text = string.Join("; ", engines);
            return text.Length == 0 ? "interpreter" : text;
        }
    }

    private static string Checks(InProcessProgram program) => program.IsChecked
        ? program.Code.ChecksEverything ? ", checked"
            : $", {program.Code.Proof!.Facts.CheckedAccesses.Length} of its accesses checked"
        : "";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _code.Dispose();
}
