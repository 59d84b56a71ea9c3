using System.Collections.Immutable;
using BpfSharp.Hooks;
using BpfSharp.Isa;

namespace BpfSharp.Objects;

/// <summary>A program of an object, linked: its own instructions followed by every subprogram it reaches. Data; editable until loaded.</summary>
/// <remarks>
/// The instructions refer to nothing but the object: <see cref="Op.LoadMapIndex"/> and <see cref="Op.LoadMapValueIndex"/>
/// hold an index into <see cref="BpfObject.Maps"/> (low half; the value form has the byte offset in the high half),
/// <see cref="Op.CallKfunc"/> and <see cref="Op.LoadBtfId"/> hold an index into <see cref="BpfObject.Externs"/>.
/// Local calls and function loads are relative, as the kernel wants them. CO-RE relocations are not yet applied.
/// </remarks>
public sealed class ProgramSpec
{
    /// <summary>Name (the function's symbol).</summary>
    public required string Name { get; set; }

    /// <summary>ELF section, for example <c>xdp.frags</c>; empty if made in code.</summary>
    public string Section { get; set; } = "";

    /// <summary>Program type.</summary>
    public ProgramType Type { get; set; }

    /// <summary>Hook it is made for; <see langword="null"/> where the type has none or needs none.</summary>
    public AttachType? AttachType { get; set; }

    /// <summary>What follows the section's prefix: function, tracepoint, hook name …</summary>
    public string? AttachTarget { get; set; }

    /// <summary>Load flags (sleepable, frags, strict alignment …).</summary>
    public ProgramFlags Flags { get; set; }

    /// <summary>Whether hosts load it; <c>?</c> before the section's name makes it <see langword="false"/>.</summary>
    public bool AutoLoad { get; set; } = true;

    /// <summary>The linked instructions.</summary>
    public ImmutableArray<Instruction> Instructions { get; set; } = [];

    /// <summary>Functions by start slot; the first is the program itself. Never empty in a linked program.</summary>
    public ImmutableArray<Subprogram> Subprograms { get; set; } = [];

    /// <summary>Source lines by slot, ascending; empty without line info.</summary>
    public ImmutableArray<LineInfo> Lines { get; set; } = [];

    /// <summary>CO-RE relocations by slot, ascending.</summary>
    public ImmutableArray<CoreRelocation> CoreRelocations { get; set; } = [];

    /// <summary>The source line of a slot, or <see langword="null"/>.</summary>
    /// <param name="slot">A slot of the program.</param>
    public LineInfo? FindLine(int slot)
    {
        int low = 0;
        int high = Lines.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (Lines[middle].Slot <= slot)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high >= 0 ? Lines[high] : null;
    }

    /// <summary>A copy that can be edited alone.</summary>
    public ProgramSpec Clone() => (ProgramSpec)MemberwiseClone();
}
