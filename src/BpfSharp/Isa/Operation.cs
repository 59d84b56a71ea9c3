namespace BpfSharp.Isa;

#pragma warning disable CS1591 // each member is the operation its name says; Op has the meaning of every row

/// <summary>What an instruction does, apart from width and operand source.</summary>
public enum Operation : byte
{
    Add, Sub, Mul, Div, Or, And, Lsh, Rsh, Mod, Xor, Mov, Arsh, SDiv, SMod, MovSx, Neg,
    ToLittleEndian, ToBigEndian, Bswap, AddrSpaceCast,
    Load, LoadSx, Store, Xchg, Cmpxchg, LoadAcquire, StoreRelease,
    LoadImm64, LoadMapFd, LoadMapValueFd, LoadBtfId, LoadFunction, LoadMapIndex, LoadMapValueIndex,
    LdAbs, LdInd,
    Ja, Jeq, Jgt, Jge, Jset, Jne, Jsgt, Jsge, Jlt, Jle, Jslt, Jsle, MayGoto, GotoX,
    CallHelper, CallLocal, CallKfunc, CallReg, Exit,
}
