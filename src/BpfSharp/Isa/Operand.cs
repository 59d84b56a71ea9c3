namespace BpfSharp.Isa;

/// <summary>Where the second operand of an instruction comes from.</summary>
public enum Operand : byte
{
    /// <summary>There is none.</summary>
    None,
    /// <summary>The immediate.</summary>
    Imm,
    /// <summary>The source register.</summary>
    Reg,
}
