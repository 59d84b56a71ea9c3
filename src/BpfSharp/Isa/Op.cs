namespace BpfSharp.Isa;

/// <summary>What an instruction means: one member per meaning, one row in <see cref="OpcodeTable"/> each.</summary>
/// <remarks>
/// Source: RFC 9669 and, for what Linux added since, <c>include/uapi/linux/bpf.h</c>.
/// Names read operation, width in bits, operand: <c>Add32Imm</c> is <c>w1 += 5</c>, <c>Jsgt64Reg</c> is
/// <c>if r1 s&gt; r2 goto +3</c>. The order is free: nothing may depend on the numbers.
/// </remarks>
public enum Op : byte
{
    /// <summary>No instruction: the second slot of an <c>lddw</c>, or bytes that mean nothing.</summary>
    Invalid,

    /// <summary>r(dst) += imm.</summary>
    Add64Imm,

    /// <summary>r(dst) += r(src).</summary>
    Add64Reg,

    /// <summary>r(dst) -= imm.</summary>
    Sub64Imm,

    /// <summary>r(dst) -= r(src).</summary>
    Sub64Reg,

    /// <summary>r(dst) *= imm.</summary>
    Mul64Imm,

    /// <summary>r(dst) *= r(src).</summary>
    Mul64Reg,

    /// <summary>r(dst) /= (unsigned) imm.</summary>
    Div64Imm,

    /// <summary>r(dst) /= (unsigned) r(src).</summary>
    Div64Reg,

    /// <summary>r(dst) |= imm.</summary>
    Or64Imm,

    /// <summary>r(dst) |= r(src).</summary>
    Or64Reg,

    /// <summary>r(dst) &amp;= imm.</summary>
    And64Imm,

    /// <summary>r(dst) &amp;= r(src).</summary>
    And64Reg,

    /// <summary>r(dst) &lt;&lt;= imm.</summary>
    Lsh64Imm,

    /// <summary>r(dst) &lt;&lt;= r(src).</summary>
    Lsh64Reg,

    /// <summary>r(dst) &gt;&gt;= (logical) imm.</summary>
    Rsh64Imm,

    /// <summary>r(dst) &gt;&gt;= (logical) r(src).</summary>
    Rsh64Reg,

    /// <summary>r(dst) %= (unsigned) imm.</summary>
    Mod64Imm,

    /// <summary>r(dst) %= (unsigned) r(src).</summary>
    Mod64Reg,

    /// <summary>r(dst) ^= imm.</summary>
    Xor64Imm,

    /// <summary>r(dst) ^= r(src).</summary>
    Xor64Reg,

    /// <summary>r(dst) = imm.</summary>
    Mov64Imm,

    /// <summary>r(dst) = r(src).</summary>
    Mov64Reg,

    /// <summary>r(dst) &gt;&gt;= (arithmetic) imm.</summary>
    Arsh64Imm,

    /// <summary>r(dst) &gt;&gt;= (arithmetic) r(src).</summary>
    Arsh64Reg,

    /// <summary>Signed division, 64 bits.</summary>
    SDiv64Imm,

    /// <summary>Signed division, 64 bits.</summary>
    SDiv64Reg,

    /// <summary>Signed remainder, 64 bits.</summary>
    SMod64Imm,

    /// <summary>Signed remainder, 64 bits.</summary>
    SMod64Reg,

    /// <summary>Sign-extends the low 8 bits of src to 64 bits.</summary>
    MovSx8To64,

    /// <summary>Sign-extends the low 16 bits of src to 64 bits.</summary>
    MovSx16To64,

    /// <summary>Sign-extends the low 32 bits of src to 64 bits.</summary>
    MovSx32To64,

    /// <summary>Two's complement negation, 64 bits.</summary>
    Neg64,

    /// <summary>w(dst) += imm.</summary>
    Add32Imm,

    /// <summary>w(dst) += w(src).</summary>
    Add32Reg,

    /// <summary>w(dst) -= imm.</summary>
    Sub32Imm,

    /// <summary>w(dst) -= w(src).</summary>
    Sub32Reg,

    /// <summary>w(dst) *= imm.</summary>
    Mul32Imm,

    /// <summary>w(dst) *= w(src).</summary>
    Mul32Reg,

    /// <summary>w(dst) /= (unsigned) imm.</summary>
    Div32Imm,

    /// <summary>w(dst) /= (unsigned) w(src).</summary>
    Div32Reg,

    /// <summary>w(dst) |= imm.</summary>
    Or32Imm,

    /// <summary>w(dst) |= w(src).</summary>
    Or32Reg,

    /// <summary>w(dst) &amp;= imm.</summary>
    And32Imm,

    /// <summary>w(dst) &amp;= w(src).</summary>
    And32Reg,

    /// <summary>w(dst) &lt;&lt;= imm.</summary>
    Lsh32Imm,

    /// <summary>w(dst) &lt;&lt;= w(src).</summary>
    Lsh32Reg,

    /// <summary>w(dst) &gt;&gt;= (logical) imm.</summary>
    Rsh32Imm,

    /// <summary>w(dst) &gt;&gt;= (logical) w(src).</summary>
    Rsh32Reg,

    /// <summary>w(dst) %= (unsigned) imm.</summary>
    Mod32Imm,

    /// <summary>w(dst) %= (unsigned) w(src).</summary>
    Mod32Reg,

    /// <summary>w(dst) ^= imm.</summary>
    Xor32Imm,

    /// <summary>w(dst) ^= w(src).</summary>
    Xor32Reg,

    /// <summary>w(dst) = imm.</summary>
    Mov32Imm,

    /// <summary>w(dst) = w(src).</summary>
    Mov32Reg,

    /// <summary>w(dst) &gt;&gt;= (arithmetic) imm.</summary>
    Arsh32Imm,

    /// <summary>w(dst) &gt;&gt;= (arithmetic) w(src).</summary>
    Arsh32Reg,

    /// <summary>Signed division, 32 bits.</summary>
    SDiv32Imm,

    /// <summary>Signed division, 32 bits.</summary>
    SDiv32Reg,

    /// <summary>Signed remainder, 32 bits.</summary>
    SMod32Imm,

    /// <summary>Signed remainder, 32 bits.</summary>
    SMod32Reg,

    /// <summary>Sign-extends the low 8 bits of src to 32 bits.</summary>
    MovSx8To32,

    /// <summary>Sign-extends the low 16 bits of src to 32 bits.</summary>
    MovSx16To32,

    /// <summary>Two's complement negation, 32 bits.</summary>
    Neg32,

    /// <summary>Converts the low 16 bits between host and little-endian order.</summary>
    Le16,

    /// <summary>Converts the low 32 bits between host and little-endian order.</summary>
    Le32,

    /// <summary>Converts the low 64 bits between host and little-endian order.</summary>
    Le64,

    /// <summary>Converts the low 16 bits between host and big-endian order.</summary>
    Be16,

    /// <summary>Converts the low 32 bits between host and big-endian order.</summary>
    Be32,

    /// <summary>Converts the low 64 bits between host and big-endian order.</summary>
    Be64,

    /// <summary>Reverses the bytes of the low 16 bits.</summary>
    Bswap16,

    /// <summary>Reverses the bytes of the low 32 bits.</summary>
    Bswap32,

    /// <summary>Reverses the bytes of the low 64 bits.</summary>
    Bswap64,

    /// <summary>Casts an arena pointer between address spaces (imm = dst space &lt;&lt; 16 | src space).</summary>
    AddrSpaceCast,

    /// <summary>dst = *(u8 *)(src + off).</summary>
    Load8,

    /// <summary>dst = *(u16 *)(src + off).</summary>
    Load16,

    /// <summary>dst = *(u32 *)(src + off).</summary>
    Load32,

    /// <summary>dst = *(u64 *)(src + off).</summary>
    Load64,

    /// <summary>dst = *(s8 *)(src + off), sign extended to 64 bits.</summary>
    LoadSx8,

    /// <summary>dst = *(s16 *)(src + off), sign extended to 64 bits.</summary>
    LoadSx16,

    /// <summary>dst = *(s32 *)(src + off), sign extended to 64 bits.</summary>
    LoadSx32,

    /// <summary>*(u8 *)(dst + off) = imm.</summary>
    Store8Imm,

    /// <summary>*(u16 *)(dst + off) = imm.</summary>
    Store16Imm,

    /// <summary>*(u32 *)(dst + off) = imm.</summary>
    Store32Imm,

    /// <summary>*(u64 *)(dst + off) = imm.</summary>
    Store64Imm,

    /// <summary>*(u8 *)(dst + off) = src.</summary>
    Store8Reg,

    /// <summary>*(u16 *)(dst + off) = src.</summary>
    Store16Reg,

    /// <summary>*(u32 *)(dst + off) = src.</summary>
    Store32Reg,

    /// <summary>*(u64 *)(dst + off) = src.</summary>
    Store64Reg,

    /// <summary>Atomic add on *(u32 *)(dst + off).</summary>
    AtomicAdd32,

    /// <summary>Atomic add on *(u32 *)(dst + off); src receives the old value.</summary>
    AtomicFetchAdd32,

    /// <summary>Atomic or on *(u32 *)(dst + off).</summary>
    AtomicOr32,

    /// <summary>Atomic or on *(u32 *)(dst + off); src receives the old value.</summary>
    AtomicFetchOr32,

    /// <summary>Atomic and on *(u32 *)(dst + off).</summary>
    AtomicAnd32,

    /// <summary>Atomic and on *(u32 *)(dst + off); src receives the old value.</summary>
    AtomicFetchAnd32,

    /// <summary>Atomic xor on *(u32 *)(dst + off).</summary>
    AtomicXor32,

    /// <summary>Atomic xor on *(u32 *)(dst + off); src receives the old value.</summary>
    AtomicFetchXor32,

    /// <summary>Atomically exchanges src with *(u32 *)(dst + off).</summary>
    AtomicXchg32,

    /// <summary>If *(u32 *)(dst + off) equals r0, stores src; r0 receives the old value.</summary>
    AtomicCmpxchg32,

    /// <summary>Atomic add on *(u64 *)(dst + off).</summary>
    AtomicAdd64,

    /// <summary>Atomic add on *(u64 *)(dst + off); src receives the old value.</summary>
    AtomicFetchAdd64,

    /// <summary>Atomic or on *(u64 *)(dst + off).</summary>
    AtomicOr64,

    /// <summary>Atomic or on *(u64 *)(dst + off); src receives the old value.</summary>
    AtomicFetchOr64,

    /// <summary>Atomic and on *(u64 *)(dst + off).</summary>
    AtomicAnd64,

    /// <summary>Atomic and on *(u64 *)(dst + off); src receives the old value.</summary>
    AtomicFetchAnd64,

    /// <summary>Atomic xor on *(u64 *)(dst + off).</summary>
    AtomicXor64,

    /// <summary>Atomic xor on *(u64 *)(dst + off); src receives the old value.</summary>
    AtomicFetchXor64,

    /// <summary>Atomically exchanges src with *(u64 *)(dst + off).</summary>
    AtomicXchg64,

    /// <summary>If *(u64 *)(dst + off) equals r0, stores src; r0 receives the old value.</summary>
    AtomicCmpxchg64,

    /// <summary>dst = *(u8 *)(src + off) with acquire ordering.</summary>
    LoadAcquire8,

    /// <summary>dst = *(u16 *)(src + off) with acquire ordering.</summary>
    LoadAcquire16,

    /// <summary>dst = *(u32 *)(src + off) with acquire ordering.</summary>
    LoadAcquire32,

    /// <summary>dst = *(u64 *)(src + off) with acquire ordering.</summary>
    LoadAcquire64,

    /// <summary>*(u8 *)(dst + off) = src with release ordering.</summary>
    StoreRelease8,

    /// <summary>*(u16 *)(dst + off) = src with release ordering.</summary>
    StoreRelease16,

    /// <summary>*(u32 *)(dst + off) = src with release ordering.</summary>
    StoreRelease32,

    /// <summary>*(u64 *)(dst + off) = src with release ordering.</summary>
    StoreRelease64,

    /// <summary>dst = imm64.</summary>
    LoadImm64,

    /// <summary>dst = map by file descriptor (BPF_PSEUDO_MAP_FD).</summary>
    LoadMapFd,

    /// <summary>dst = address inside the value of the map with this descriptor (BPF_PSEUDO_MAP_VALUE).</summary>
    LoadMapValueFd,

    /// <summary>dst = address of the kernel variable with this BTF id (BPF_PSEUDO_BTF_ID).</summary>
    LoadBtfId,

    /// <summary>dst = subprogram address for a callback (BPF_PSEUDO_FUNC; imm is relative, in slots).</summary>
    LoadFunction,

    /// <summary>dst = map by index (BPF_PSEUDO_MAP_IDX).</summary>
    LoadMapIndex,

    /// <summary>dst = address inside the value of the map with this index (BPF_PSEUDO_MAP_IDX_VALUE).</summary>
    LoadMapValueIndex,

    /// <summary>r0 = big-endian u8 of the packet at imm.</summary>
    LdAbs8,

    /// <summary>r0 = big-endian u16 of the packet at imm.</summary>
    LdAbs16,

    /// <summary>r0 = big-endian u32 of the packet at imm.</summary>
    LdAbs32,

    /// <summary>r0 = big-endian u8 of the packet at src + imm.</summary>
    LdInd8,

    /// <summary>r0 = big-endian u16 of the packet at src + imm.</summary>
    LdInd16,

    /// <summary>r0 = big-endian u32 of the packet at src + imm.</summary>
    LdInd32,

    /// <summary>Jumps by off slots.</summary>
    Ja,

    /// <summary>Jumps by imm slots (gotol).</summary>
    Ja32,

    /// <summary>Jumps by off slots if r(dst) == imm.</summary>
    Jeq64Imm,

    /// <summary>Jumps by off slots if r(dst) == src.</summary>
    Jeq64Reg,

    /// <summary>Jumps by off slots if r(dst) &gt; (unsigned) imm.</summary>
    Jgt64Imm,

    /// <summary>Jumps by off slots if r(dst) &gt; (unsigned) src.</summary>
    Jgt64Reg,

    /// <summary>Jumps by off slots if r(dst) &gt;= (unsigned) imm.</summary>
    Jge64Imm,

    /// <summary>Jumps by off slots if r(dst) &gt;= (unsigned) src.</summary>
    Jge64Reg,

    /// <summary>Jumps by off slots if r(dst) &amp; imm.</summary>
    Jset64Imm,

    /// <summary>Jumps by off slots if r(dst) &amp; src.</summary>
    Jset64Reg,

    /// <summary>Jumps by off slots if r(dst) != imm.</summary>
    Jne64Imm,

    /// <summary>Jumps by off slots if r(dst) != src.</summary>
    Jne64Reg,

    /// <summary>Jumps by off slots if r(dst) &gt; (signed) imm.</summary>
    Jsgt64Imm,

    /// <summary>Jumps by off slots if r(dst) &gt; (signed) src.</summary>
    Jsgt64Reg,

    /// <summary>Jumps by off slots if r(dst) &gt;= (signed) imm.</summary>
    Jsge64Imm,

    /// <summary>Jumps by off slots if r(dst) &gt;= (signed) src.</summary>
    Jsge64Reg,

    /// <summary>Jumps by off slots if r(dst) &lt; (unsigned) imm.</summary>
    Jlt64Imm,

    /// <summary>Jumps by off slots if r(dst) &lt; (unsigned) src.</summary>
    Jlt64Reg,

    /// <summary>Jumps by off slots if r(dst) &lt;= (unsigned) imm.</summary>
    Jle64Imm,

    /// <summary>Jumps by off slots if r(dst) &lt;= (unsigned) src.</summary>
    Jle64Reg,

    /// <summary>Jumps by off slots if r(dst) &lt; (signed) imm.</summary>
    Jslt64Imm,

    /// <summary>Jumps by off slots if r(dst) &lt; (signed) src.</summary>
    Jslt64Reg,

    /// <summary>Jumps by off slots if r(dst) &lt;= (signed) imm.</summary>
    Jsle64Imm,

    /// <summary>Jumps by off slots if r(dst) &lt;= (signed) src.</summary>
    Jsle64Reg,

    /// <summary>Jumps by off slots if w(dst) == imm.</summary>
    Jeq32Imm,

    /// <summary>Jumps by off slots if w(dst) == src.</summary>
    Jeq32Reg,

    /// <summary>Jumps by off slots if w(dst) &gt; (unsigned) imm.</summary>
    Jgt32Imm,

    /// <summary>Jumps by off slots if w(dst) &gt; (unsigned) src.</summary>
    Jgt32Reg,

    /// <summary>Jumps by off slots if w(dst) &gt;= (unsigned) imm.</summary>
    Jge32Imm,

    /// <summary>Jumps by off slots if w(dst) &gt;= (unsigned) src.</summary>
    Jge32Reg,

    /// <summary>Jumps by off slots if w(dst) &amp; imm.</summary>
    Jset32Imm,

    /// <summary>Jumps by off slots if w(dst) &amp; src.</summary>
    Jset32Reg,

    /// <summary>Jumps by off slots if w(dst) != imm.</summary>
    Jne32Imm,

    /// <summary>Jumps by off slots if w(dst) != src.</summary>
    Jne32Reg,

    /// <summary>Jumps by off slots if w(dst) &gt; (signed) imm.</summary>
    Jsgt32Imm,

    /// <summary>Jumps by off slots if w(dst) &gt; (signed) src.</summary>
    Jsgt32Reg,

    /// <summary>Jumps by off slots if w(dst) &gt;= (signed) imm.</summary>
    Jsge32Imm,

    /// <summary>Jumps by off slots if w(dst) &gt;= (signed) src.</summary>
    Jsge32Reg,

    /// <summary>Jumps by off slots if w(dst) &lt; (unsigned) imm.</summary>
    Jlt32Imm,

    /// <summary>Jumps by off slots if w(dst) &lt; (unsigned) src.</summary>
    Jlt32Reg,

    /// <summary>Jumps by off slots if w(dst) &lt;= (unsigned) imm.</summary>
    Jle32Imm,

    /// <summary>Jumps by off slots if w(dst) &lt;= (unsigned) src.</summary>
    Jle32Reg,

    /// <summary>Jumps by off slots if w(dst) &lt; (signed) imm.</summary>
    Jslt32Imm,

    /// <summary>Jumps by off slots if w(dst) &lt; (signed) src.</summary>
    Jslt32Reg,

    /// <summary>Jumps by off slots if w(dst) &lt;= (signed) imm.</summary>
    Jsle32Imm,

    /// <summary>Jumps by off slots if w(dst) &lt;= (signed) src.</summary>
    Jsle32Reg,

    /// <summary>Jumps by off slots once the loop budget is used up (may_goto).</summary>
    MayGoto,

    /// <summary>Jumps to the address in dst, taken from an instruction array.</summary>
    GotoX,

    /// <summary>Calls the helper with number imm.</summary>
    CallHelper,

    /// <summary>Calls the subprogram imm slots after the next one.</summary>
    CallLocal,

    /// <summary>Calls a kernel function; imm is its BTF id, or in a linked program the index of its reference.</summary>
    CallKfunc,

    /// <summary>Calls the helper whose number is in the register (callx; Linux refuses it).</summary>
    CallReg,

    /// <summary>Returns r0 to the caller.</summary>
    Exit,
}
