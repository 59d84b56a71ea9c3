// 64 calls of a function with four arguments.
#include "workload.h"
NOINLINE u64 mix(u64 a, u64 b, u64 c, u64 d)
{
    a ^= b >> 7;
    a *= 0x9e3779b97f4a7c15ull;
    a += c ^ d;
    return a;
}
INLINE u64 work(u8 *data, u8 *end)
{
    u64 hash = 1, *words = (u64 *)(data + 16);
#pragma clang loop unroll(disable)
    for (int i = 0; i < 64; i++)
        hash = mix(hash, words[i & 31], i, hash >> 32);
    return hash;
}
ENTRY(work, 16 + 256)
