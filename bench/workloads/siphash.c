// SipHash-2-4 of 256 bytes: additions, exclusive ors, rotations.
#include "workload.h"
#define ROTATE(x, by) ((x) << (by) | (x) >> (64 - (by)))
#define ROUND                                                                                        \
    a += b; b = ROTATE(b, 13); b ^= a; a = ROTATE(a, 32); c += d; d = ROTATE(d, 16); d ^= c;         \
    a += d; d = ROTATE(d, 21); d ^= a; c += b; b = ROTATE(b, 17); b ^= c; c = ROTATE(c, 32);
INLINE u64 work(u8 *data, u8 *end)
{
    u64 *words = (u64 *)(data + 16);
    u64 a = 0x736f6d6570736575ull ^ words[0], b = 0x646f72616e646f6dull ^ words[1];
    u64 c = 0x6c7967656e657261ull ^ words[0], d = 0x7465646279746573ull ^ words[1];
#pragma clang loop unroll(disable)
    for (int i = 2; i < 34; i++) {
        u64 m = words[i];
        d ^= m;
        ROUND ROUND
        a ^= m;
    }
    c ^= 0xff;
    ROUND ROUND ROUND ROUND
    return a ^ b ^ c ^ d;
}
ENTRY(work, 16 + 272)
