using BpfSharp.Elf;
using BpfSharp.Isa;

namespace BpfSharp.Objects.Reading;

/// <summary>A function of an object before linking.</summary>
internal sealed class CodeFunction
{
    internal required string Name { get; init; }

    internal required ElfSection Section { get; init; }

    /// <summary>First slot in its section.</summary>
    internal required int Start { get; init; }

    internal required Instruction[] Code { get; init; }

    /// <summary>Whether its symbol is seen outside the file.</summary>
    internal bool IsGlobal { get; init; }

    internal bool IsHidden { get; init; }

    /// <summary>Whether another function calls it or takes its address.</summary>
    internal bool IsCalled { get; set; }

    internal int BtfTypeId { get; set; }

    /// <summary>Functions that calls and address loads refer to, by slot.</summary>
    internal Dictionary<int, CodeFunction> Targets { get; } = [];

    /// <summary>Source lines, by slot in the function.</summary>
    internal List<LineInfo> Lines { get; } = [];

    internal List<CoreRelocation> CoreRelocations { get; } = [];

    internal int End => Start + Code.Length;
}
