// Binary logarithm of 64 words by shifting and comparing.
#include "workload.h"
INLINE u64 work(u8 *data, u8 *end)
{
    u64 sum = 0;
    u32 *words = (u32 *)(data + 16);
    for (int i = 0; i < 64; i++) {
        u32 v = words[i], r, s;
        r = (v > 0xffff) << 4;
        v >>= r;
        s = (v > 0xff) << 3;
        v >>= s;
        r |= s;
        s = (v > 0xf) << 2;
        v >>= s;
        r |= s;
        s = (v > 0x3) << 1;
        v >>= s;
        r |= s;
        r |= v >> 1;
        sum += r;
    }
    return sum;
}
ENTRY(work, 16 + 256)
