namespace BpfSharp.Language;

public readonly ref partial struct KprobeContext
{
    /// <summary>An argument of the probed function (C calling convention of x86-64).</summary>
    /// <param name="index">Which, from 0 to 5; a constant.</param>
    public ulong Argument(int index) => index switch
    {
        0 => Di,
        1 => Si,
        2 => Dx,
        3 => Cx,
        4 => R8,
        _ => R9,
    };

    /// <summary>What the function returned, in return probes.</summary>
    public long ReturnValue => (long)Ax;

    /// <summary>Where it was probed.</summary>
    public ulong InstructionPointer => Ip;

    /// <summary>Stack pointer.</summary>
    public ulong StackPointer => Sp;
}
