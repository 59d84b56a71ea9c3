namespace BpfSharp.Verifier.ControlFlow;

/// <summary>A function of the program.</summary>
internal sealed class FunctionInfo
{
    public required string Name { get; init; }
    public required int Start { get; init; }
    public int End { get; set; }
    public bool IsGlobal { get; init; }
    public int BtfTypeId { get; init; }
    public bool HasTailCall { get; set; }
    public bool TailCallReachable { get; set; }
    public bool ChangesPacket { get; set; }
    public bool MightSleep { get; set; }
    public bool MightThrow { get; set; }
    public bool HasLdAbs { get; set; }
    public bool IsAsyncCallback { get; set; }
    public bool IsCallback { get; set; }
    public bool IsExceptionCallback { get; set; }
    public bool Called { get; set; }
    public bool Verified { get; set; }
    /// <summary>Bytes of stack used: positive.</summary>
    public int StackBytes { get; set; }
}
